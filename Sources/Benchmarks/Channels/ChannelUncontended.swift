import Measurement
import Quantities

/// What a send and a receive cost when one thread does both, for the channels of a kind.
enum ChannelUncontended<Kind: KindOfChannel>: Benchmark {
    static var description: BenchmarkDescription {
        BenchmarkDescription(
            name: "channel.\(Kind.kind.rawValue).uncontended",
            summary: "cost of a send and a receive on one thread through \(Kind.kind.words) "
                + "channels, channels side by side",
            parameters: ChannelContenders.parameters(of: Kind.kind) + [ChannelContenders.payload],
            metrics: [
                MetricSpecification(
                    "cost", .nanoseconds, .lower, .sampled,
                    "a send and a receive, mean of a window"),
                MetricSpecification(
                    "relative", .ratio, .lower, .sampled,
                    "time over that of nilometer in the same round"),
                MetricSpecification(
                    "floor", .nanoseconds, .neither, .sampled, "the loop with an empty body"),
            ],
            processingUnits: 1,
            floor: "two stores and two loads in the first-level cache")
    }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let use = RingUse(payload: context.integer("payload"))
        let contenders = ChannelContenders(of: Kind.kind, in: context, for: use, into: &recorder)
            .contenders
        guard !contenders.isEmpty else { return }
        let names = contenders.map(\.name)
        let checked = contenders.map { SendAndReceive(name: $0.name, pair: $0.pair) }
        let watch = WindowWatch()
        defer { watch.stop() }
        let bodies =
            watch.watching(checked, named: names) + [LoopBody.repeating(EmptyOperation())]
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            counters: context.counters, turns: context.turns
        ).run(bodies, for: context.time, order: &order)
        let empty = contenders.count
        let isSound = try RingDefect.sound(checked, into: &recorder)
        let parameters = recorder.figureParameters(without: ["contenders"])
        let analysis = WindowAnalysis(
            windows.filter { $0.contender != empty && isSound(names[$0.contender]) },
            contenders: names, parameters: parameters)
        analysis.record("cost", into: &recorder)
        analysis.recordRatios("relative", to: OwnRing.bounded, into: &recorder)
        recorder.record(
            "floor", parameters,
            samples: windows.filter { $0.contender == empty }.map(\.nanosecondsPerOperation))
    }
}

private final class SendAndReceive: MeasuredBody, CheckedBody {
    let name: String
    private let pair: any RingPair
    private(set) var hasDefect = false

    init(name: String, pair: any RingPair) {
        self.name = name
        self.pair = pair
    }

    func run(iterations: Int) {
        if pair.uncontended(iterations) != 0 { hasDefect = true }
    }
}
