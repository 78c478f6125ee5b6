import Foundation
import Measurement
import Pharaoh
import Quantities
import Randomness
import Storage

/// What IDs promise, counted: of the engine's generator and of the published one.
enum ScarabGuarantees: Benchmark {
    static let description = BenchmarkDescription(
        name: "scarab.guarantees",
        summary:
            "IDs that come twice or out of order: more than a millisecond has, a clock that "
            + "is set back, restarts, clocks that differ, one number for two machines",
        parameters: [], distinctions: ["trial"],
        metrics: [
            MetricSpecification(
                "repeated", .count(of: "ids"), .lower, .sampled, "IDs that had been made before"),
            MetricSpecification(
                "inversions", .count(of: "ids"), .lower, .sampled,
                "IDs that are smaller than the one made before"),
            MetricSpecification(
                "sockets", .count(of: "sockets"), .lower, .sampled,
                "sockets and pipes that a lease and its generator have open, by which a message "
                    + "could leave the process, after a hundred thousand IDs"),
        ],
        processingUnits: 1, floor: "none: counted", isTimed: false)

    private enum Contender: String, CaseIterable {
        case nilometer, published

        func machine(
            _ number: Int = 1, _ clock: TrialClock = TrialClock(ScarabTrials.start)
        ) throws -> any IDMachine {
            switch self {
            case .nilometer: try LeasedMachine(number, clock)
            case .published: PublishedMachine(number, clock)
            }
        }
    }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        for contender in Contender.allCases {
            let parameters = recorder.figureParameters().with("contender", contender.rawValue)
            var generator = context.generator(for: "trials")
            func record(_ metric: String, _ trial: String, _ count: Int, expectNone: Bool) {
                let own = parameters.with("trial", trial)
                recorder.record(metric, own, samples: [Double(count)])
                guard expectNone, contender == .nilometer else { return }
                recorder.expect(
                    metric, own, "median", .within(low: 0, high: 0),
                    because: "no two IDs of a lease are alike, and each is greater than the last")
            }
            record(
                "repeated", "exhaustion",
                ScarabTrials.exhaustion(try contender.machine()).repeated, expectNone: true)
            record(
                "repeated", "set-back",
                ScarabTrials.setBack(try contender.machine(), &generator).repeated,
                expectNone: true)
            record(
                "repeated", "restart",
                try ScarabTrials.restarts(try contender.machine(), &generator).repeated,
                expectNone: true)
            let machines = try (0..<8).map {
                try contender.machine($0, TrialClock(ScarabTrials.start))
            }
            let skewed = ScarabTrials.skewed(machines, &generator)
            record("repeated", "skew", skewed.count.repeated, expectNone: true)
            record("inversions", "skew", skewed.inversions, expectNone: false)
            record(
                "inversions", "one-machine",
                ScarabTrials.inversions(try contender.machine()), expectNone: true)
            let twins = try (0..<2).map { _ in
                try contender.machine(1, TrialClock(ScarabTrials.start))
            }
            var twinGenerator = context.generator(for: "twins")
            record(
                "repeated", "same-number", sameNumber(twins, &twinGenerator), expectNone: false)
        }
        recorder.record(
            "sockets", recorder.figureParameters(),
            samples: [Double(try socketsOpened(in: context))])
    }

    /// How many more sockets and pipes this process has with a lease and a generator than without.
    private static func socketsOpened(in context: ForkContext) throws -> Int {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let before = sockets()
        let lease = try ScarabLease(path: "\(directory.path)/ids", creation: .required)
        let ids = HeldGenerator(try lease.generator(machines: 0..<1024, clock: WallClock()))
        try ids.make(100_000)
        let after = sockets()
        try lease.close()
        return after - before
    }

    private static func sockets() -> Int {
        let descriptors =
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.count { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/fd/\(name)")
            return target?.hasPrefix("socket:") == true || target?.hasPrefix("pipe:") == true
        }
    }

    /// IDs of two machines to which somebody gave one number, on clocks that agree.
    private static func sameNumber(
        _ machines: [any IDMachine], _ generator: inout Xoshiro256StarStar
    ) -> Int {
        var count = IDCount()
        for _ in 0..<1000 {
            count.note(machines[Int(generator.next(below: 2))].next())
            if generator.next(below: 4) == 0 { for machine in machines { machine.clock.step(1) } }
        }
        return count.repeated
    }
}
