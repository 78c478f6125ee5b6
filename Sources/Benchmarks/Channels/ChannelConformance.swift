import Channels
import Measurement
import Quantities

/// Whether channels do what they promise, as figures: seeded trials in which everything that is
/// promised is asked for, and what did not come is counted.
enum ChannelConformance: Benchmark {
    static let description = BenchmarkDescription(
        name: "channel.conformance",
        summary: "promises of every kind of channel, asked for in seeded trials: bounds, order, "
            + "timeouts, closing, statistics, and what a message costs in copies and allocations",
        parameters: [
            ParameterSpecification(
                "trials", "trials of each kind of channel", .integer(1...10_000), default: "100")
        ],
        metrics: [
            MetricSpecification(
                "behaved", .percent, .higher, .exact,
                "checks of bounds, order and timeouts that held, of those made"),
            MetricSpecification(
                "noticed", .percent, .higher, .exact,
                "operations after the other end had gone that were told so, and sends that got "
                    + "their message back, of those made"),
            MetricSpecification(
                "miscounted", .count(of: "messages"), .lower, .exact,
                "by how much a channel's own counts differed most from those that were sent and "
                    + "received"),
            MetricSpecification(
                "copied", .bytes, .lower, .exact,
                "bytes of a payload of 4096, an array, that a receiver found elsewhere than where "
                    + "the sender had put them, or could not write to there because something else "
                    + "referred to them still, a message"),
            MetricSpecification(
                "allocated", .bytes, .lower, .exact,
                "memory that a message occupies in a channel that was made before, a message: the "
                    + "allocator's count, rounded to bytes; none where the channel is bounded"),
        ],
        // One thread does all but the waiting, which another is bound for.
        processingUnits: 2,
        floor: "none: nothing is timed", isTimed: false)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let parameters = recorder.figureParameters()
        for ring in OwnRing.allCases {
            let own = parameters.with("contender", ring.rawValue)
            let checks = try ring.visit(
                ChannelTrials(
                    isBounded: ring.name == OwnRing.bounded, count: context.integer("trials"),
                    generator: context.generator(for: ring.rawValue),
                    waitingUnit: context.request.processingUnits[1]), SpinThenPark.self)
            recorder.record("behaved", own, samples: [checks.promises.percentage])
            recorder.record("noticed", own, samples: [checks.closings.percentage])
            recorder.record("miscounted", own, samples: [Double(checks.miscounted)])
            recorder.record("copied", own, samples: [PayloadCopies.perMessage(through: ring)])
            let allocated = try ring.visit(MessageCost(), SpinThenPark.self)
            recorder.record("allocated", own, samples: [allocated])
        }
    }
}

/// Checks that were made, and those that held.
struct Checks {
    private(set) var made = 0
    private(set) var held = 0

    /// Counts a check.
    mutating func expect(_ holds: Bool) {
        made += 1
        if holds { held += 1 }
    }

    /// The share that held; none where nothing was checked.
    var percentage: Double { made == 0 ? 0 : 100 * Double(held) / Double(made) }
}
