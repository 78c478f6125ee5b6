import Hardware
import Measurement
import Quantities

/// Streaming throughput of the channels of a kind.
enum ChannelThroughput<Kind: KindOfChannel>: Benchmark {
    static var description: BenchmarkDescription {
        BenchmarkDescription(
            name: "channel.\(Kind.kind.rawValue).throughput",
            summary: "messages a second between pinned threads through \(Kind.kind.words) "
                + "channels, one by one or in batches, channels side by side",
            parameters: ChannelContenders.parameters(of: Kind.kind) + streamParameters
                + threadParameters,
            metrics: StreamMetrics.all,
            processingUnits: 2,
            floor: StreamMetrics.floor,
            contradiction: { parameters, _ in contradiction(parameters) })
    }

    private static var streamParameters: [ParameterSpecification] {
        [
            ParameterSpecification(
                "batch", "messages handed over at once", .choice(["1", "256"]), default: "1"),
            ParameterSpecification(
                "payload", "bytes of a message", .choice(RingUse.payloads.map { "\($0)" }),
                default: "8"),
        ]
    }

    /// How many threads there may be, for the kinds that leave a choice.
    private static var threadParameters: [ParameterSpecification] {
        var parameters: [ParameterSpecification] = []
        if Kind.kind.mostProducers > 1 {
            parameters.append(
                ParameterSpecification(
                    "producers", "threads that send", .integer(1...Kind.kind.mostProducers),
                    default: "1"))
        }
        if Kind.kind.mostConsumers > 1 {
            parameters.append(
                ParameterSpecification(
                    "consumers", "threads that receive", .integer(1...Kind.kind.mostConsumers),
                    default: "1"))
        }
        return parameters
    }

    /// Batches and large messages are streamed by one thread to one other.
    private static func contradiction(_ parameters: ParameterSet) -> String? {
        let threads = ["producers", "consumers"].contains { (parameters[$0] ?? "1") != "1" }
        let isBatched = parameters["batch"] != "1"
        let isLarge = parameters["payload"] != "8"
        guard isBatched && isLarge || (isBatched || isLarge) && threads else { return nil }
        return "batch, payload and several producers or consumers together; "
            + "expected one of the three"
    }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var use = RingUse()
        use.inBatches = context.integer("batch") > 1
        use.payload = context.integer("payload")
        if Kind.kind.mostProducers > 1 { use.producers = context.integer("producers") }
        if Kind.kind.mostConsumers > 1 { use.consumers = context.integer("consumers") }
        let contenders = ChannelContenders(of: Kind.kind, in: context, for: use, into: &recorder)
            .contenders
        guard !contenders.isEmpty else { return }
        let windows: [InterleavedMeasurement.Window]
        if CrowdedStream.members(for: use) == 0 {
            let bodies = contenders.map {
                Stream(name: $0.name, pair: $0.pair, inBatches: use.inBatches)
            }
            windows = try StreamRounds.run(bodies, in: context)
            for body in bodies { try body.check() }
        } else {
            let units = try StreamRounds.units(for: use, in: context, into: &recorder)
            windows = try StreamRounds.runCrowded(
                contenders.map { ($0.name, $0.pair, use) }, on: units, in: context,
                into: &recorder)
        }
        let analysis = WindowAnalysis(
            windows, contenders: contenders.map(\.name),
            parameters: recorder.figureParameters(without: ["contenders"]))
        analysis.record("throughput", into: &recorder) { 1e9 / $0 }
        analysis.recordRatios("relative", to: OwnRing.bounded, into: &recorder)
        analysis.recordFloor("floor", ratio: "floor-ratio", scale: 1, into: &recorder)
    }
}

/// The figures of streams.
enum StreamMetrics {
    static let floor =
        "cache-line hand-over between the two cores, over the messages that share a line"

    static let all = [
        MetricSpecification(
            "throughput", .messagesPerSecond, .higher, .sampled,
            "messages received in a window over its time"),
        MetricSpecification(
            "relative", .ratio, .lower, .sampled,
            "time over that of nilometer in the same round and placement"),
        MetricSpecification(
            "floor", .nanoseconds, .neither, .sampled,
            "one-way hand-over of a cache line, probed around every window"),
        MetricSpecification(
            "floor-ratio", .ratio, .lower, .sampled,
            "time per message over the floor beside it; below 1 when one hand-over of a "
                + "line carries several messages"),
    ]
}
