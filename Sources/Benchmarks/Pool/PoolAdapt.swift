import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing
import Synchronization

/// A pool that follows a load with a step up and a step down.
enum PoolAdapt: Benchmark {
    static let description = BenchmarkDescription(
        name: "pool.adapt",
        summary:
            "a pool that follows its load: how soon after a step up or down its workers are as "
            + "many as stay, what it handles before and after, and whether it lets a steady load be",
        parameters: [
            ParameterSpecification(
                "workers", "the most workers that the pool may come to", .integer(1...256),
                default: "8"),
            ParameterSpecification(
                "service",
                "microseconds for which a message keeps its worker, asleep as one that waits for a "
                    + "device is, so that workers help also where cores are few",
                .integer(50...100_000), default: "1000"),
            ParameterSpecification(
                "load", "workers that the load below the step would keep busy",
                .number(0.01...100), default: "0.4"),
            ParameterSpecification(
                "step", "how many times as much the load above it is", .number(1...100),
                default: "5.5"),
            ParameterSpecification(
                "interval",
                "milliseconds over which the pool takes a reading; five alike have to follow one "
                    + "another before it changes anything",
                .integer(1...1000), default: "10"),
            ParameterSpecification(
                "phase", "milliseconds for which a load stays", .integer(50...60_000),
                default: "1200"),
        ],
        distinctions: ["direction", "load-is"],
        metrics: [
            MetricSpecification(
                "follow", .nanoseconds, .lower, .sampled,
                "from a step to the last change of the number of workers in the first half of its "
                    + "phase"),
            MetricSpecification(
                "workers", .count(of: "workers"), .neither, .sampled,
                "how many there are at the end of a phase"),
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "messages handled a second: under the low load; above the step until the first worker "
                    + "is added (before); in the second half of that phase (after)"),
            MetricSpecification(
                "changes", .count(of: "changes"), .lower, .sampled,
                "of the number of workers in the second half of a phase, whose load has not changed "
                    + "since its beginning"),
            MetricSpecification(
                "lost", .count(of: "messages"), .lower, .exact,
                "messages that were sent and never handled"),
        ],
        processingUnits: 2,
        floor: "five readings, which the pool waits for; and what is offered",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let steps = try LoadSteps(in: context)
        let start = context.clock.begin()
        // The pool settles before the first step.
        try steps.run(isHigh: false)
        var phases: [LoadPhase] = []
        repeat {
            for isHigh in [true, false] { phases.append(try steps.run(isHigh: isHigh)) }
        } while context.clock.nanoseconds(from: start, to: context.clock.end())
            < context.time.rawValue
        let lost = try steps.end()
        record(phases, into: &recorder)
        recorder.record("lost", recorder.figureParameters(), samples: [Double(lost)])
        for failure in steps.failures { recorder.note("resize: \(failure)") }
    }

    private static func record(_ phases: [LoadPhase], into recorder: inout Recorder) {
        let parameters = recorder.figureParameters()
        for isHigh in [true, false] {
            let phases = phases.filter { $0.isHigh == isHigh }
            let load = parameters.with("load-is", isHigh ? "high" : "low")
            recorder.record("workers", load, samples: phases.map { Double($0.workersAtEnd) })
            recorder.record("changes", load, samples: phases.map { Double($0.lateChanges.count) })
            recorder.expect(
                "changes", load, "median", .within(low: 0, high: 0),
                because: "a load that does not change calls for no other number of workers")
            let follows = phases.compactMap(\.follow)
            if !follows.isEmpty {
                recorder.record(
                    "follow", parameters.with("direction", isHigh ? "up" : "down"), samples: follows
                )
            }
            recorder.record(
                "throughput", parameters.with("phase", isHigh ? "after" : "low"),
                samples: phases.compactMap { $0.throughput(from: $0.middle, to: $0.end) })
        }
        let before = phases.filter(\.isHigh).compactMap { phase in
            phase.changes.first.flatMap { phase.throughput(from: phase.begin, to: $0.at) }
        }
        if !before.isEmpty {
            recorder.record("throughput", parameters.with("phase", "before"), samples: before)
        }
        if phases.allSatisfy({ $0.follow == nil }) {
            recorder.note(
                "follow: unavailable, the number of workers never changed in half a phase")
        }
    }
}

/// What a pool did while a load stayed; moments in nanoseconds of one clock.
struct LoadPhase {
    /// The number of workers from a moment on.
    struct Change: Equatable {
        let at: UInt64
        let workers: Int
    }

    /// How many messages had been handled at a moment.
    struct Mark {
        let at: UInt64
        let handled: UInt64
    }

    let isHigh: Bool
    let begin: UInt64
    let end: UInt64
    let workersAtEnd: Int
    /// Within the phase, in their order.
    let changes: [Change]
    /// In their order, from the beginning on.
    let marks: [Mark]

    var middle: UInt64 { begin + (end - begin) / 2 }

    /// Changes where nothing called for one any more.
    var lateChanges: [Change] { changes.filter { $0.at >= middle } }

    /// Nanoseconds until the number of workers was what it came to; nil where it did not change.
    var follow: Double? {
        changes.last { $0.at < middle }.map { Double($0.at - begin) }
    }

    /// Messages handled a second between the marks at the two moments; nil where those are one.
    func throughput(from first: UInt64, to last: UInt64) -> Double? {
        guard let start = marks.first(where: { $0.at >= first }),
            let stop = marks.last(where: { $0.at <= last }), stop.at > start.at
        else { return nil }
        return Double(stop.handled - start.handled) * 1e9 / Double(stop.at - start.at)
    }
}
