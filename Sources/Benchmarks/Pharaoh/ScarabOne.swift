import CNilometerShims
import Measurement
import Pharaoh
import Quantities
import Storage

/// What an ID costs one thread, and how many one machine number gives.
enum ScarabOne: Benchmark {
    private enum Contender: String, CaseIterable {
        /// The wall clock is read for each ID.
        case next
        /// It is read for every 16th, and after each of the kernel's ticks.
        case ticking
        /// IDs in runs, the clock read for each run.
        case runs
        /// The generator for many threads, with one caller.
        case shared
        /// A word and the wall clock, and nothing on the device: what is known as Snowflake.
        case snowflake
    }

    static let description = BenchmarkDescription(
        name: "scarab.one",
        summary: "IDs of 64 bits made by one thread under a lease of time: what one costs the "
            + "processor, and how many one machine number gives",
        parameters: [
            ParameterSpecification(
                "contenders", "generators that run side by side",
                .subset(of: Contender.allCases.map(\.rawValue)),
                default: Contender.allCases.map(\.rawValue).joined(separator: ","))
        ],
        metrics: [
            MetricSpecification(
                "cost", .nanoseconds, .lower, .sampled,
                "time of an ID, by a generator with so many machine numbers that it never waits for "
                    + "the next millisecond"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled, "cost over that of ticking in the same round"),
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "IDs a second with one machine number, which has 8192 in a millisecond, waits "
                    + "included"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled, "a reading of the wall clock"),
        ],
        processingUnits: 1, floor: "a reading of the wall clock, where it is read for each ID")

    /// Machine numbers of a contender that is never to wait: 1.6 million IDs a millisecond.
    private static let machines = 200

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let lease = try ScarabLease(path: "\(directory.path)/ids", creation: .required)
        let names = context.words("contenders")
        let costs = try names.compactMap(Contender.init(rawValue:)).enumerated().map {
            number, contender in
            try body(contender, lease, number * machines..<(number + 1) * machines)
        }
        let clock = WallClock()
        let floor = LoopBody { count in for _ in 0..<count { nilometer_consume(clock.now()) } }
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            window: .milliseconds(10), counters: context.counters, turns: context.turns
        ).run(costs + [floor], for: context.time, order: &order)
        let parameters = recorder.figureParameters(without: ["contenders"])
        let analysis = WindowAnalysis(
            windows.filter { $0.contender < names.count }, contenders: names, parameters: parameters
        )
        analysis.record("cost", into: &recorder)
        analysis.recordRatios("relative", to: Contender.ticking.rawValue, into: &recorder)
        recorder.record(
            "floor", parameters,
            samples: windows.filter { $0.contender == names.count }
                .map(\.nanosecondsPerOperation))
        let whole = try OperationTiming(clock: context.clock, operationsPerTurn: 1, leastRounds: 10)
            .run(
                [MillisecondTurns(try lease.generator(machines: 1023..<1024, clock: clock))],
                for: .zero, order: &order)
        recorder.record("throughput", parameters, samples: whole.map { 1e9 / $0.mean })
    }

    private static func body(
        _ contender: Contender, _ lease: ScarabLease, _ machines: Range<Int>
    ) throws -> LoopBody {
        switch contender {
        case .next:
            let held = HeldGenerator(try lease.generator(machines: machines, clock: WallClock()))
            return LoopBody { count in try held.make(count) }
        case .ticking:
            let held = HeldGenerator(
                try lease.generator(machines: machines, clock: TickingWallClock()))
            return LoopBody { count in try held.make(count) }
        case .runs:
            let held = HeldGenerator(try lease.generator(machines: machines, clock: WallClock()))
            return LoopBody { count in try held.make(count, inRunsOf: ScarabRuns.length) }
        case .shared:
            let shared = try lease.sharedGenerator(machines: machines, clock: WallClock())
            return LoopBody { count in
                for _ in 0..<count { nilometer_consume(try shared.next().rawValue) }
            }
        case .snowflake:
            return LoopBody.repeating(Snowflake())
        }
    }
}

/// The generator of the literature, in memory. It does not wait when a millisecond is used up, so
/// that its cost can be told; its IDs then repeat.
private struct Snowflake: Operation {
    private let clock = WallClock()
    private var sequence: UInt64 = 0

    mutating func perform(_ index: Int) -> UInt64 {
        sequence &+= 1
        let time = clock.now() / 1_000_000 &- ScarabLayout.standard.epoch
        return time << 23 | 1023 << 13 | sequence & 8191
    }
}

/// Turns of all the IDs that one machine number has in so many milliseconds.
///
/// A turn begins when those of a millisecond have just been used up, before the clock is read: with
/// what was left of an idle millisecond it would seem that there were more than there can be.
private final class MillisecondTurns: TimedTurns {
    private static let milliseconds = 20
    private let ids: HeldGenerator<WallClock>

    init(_ ids: consuming ScarabGenerator<WallClock>) { self.ids = HeldGenerator(ids) }

    func performed(of operations: Int) -> Int {
        Self.milliseconds * ScarabLayout.standard.idsPerMillisecond
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        let count = performed(of: operations)
        try ids.makeToEndOfMillisecond()
        let start = clock.begin()
        try ids.make(count)
        return [clock.nanoseconds(from: start, to: clock.end()) / Double(count)]
    }
}
