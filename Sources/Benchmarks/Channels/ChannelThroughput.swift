import CPeerRings
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
            // More threads than two may share a core, and are taken off it.
            blocksUnder: { threads(in: $0) > 2 },
            contradiction: { parameters, _ in contradiction(parameters) })
    }

    private static var streamParameters: [ParameterSpecification] {
        [
            ParameterSpecification(
                "batch", "messages handed over at once", .integer(1...Int(PEER_RING_MOST_BATCH)),
                default: "1"),
            ChannelContenders.payload,
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

    /// How many threads send and receive.
    private static func threads(in parameters: ParameterSet) -> Int {
        ["producers", "consumers"].reduce(0) { $0 + (parameters[$1].flatMap { Int($0) } ?? 1) }
    }

    /// Batches and large messages are streamed by one thread to one other.
    private static func contradiction(_ parameters: ParameterSet) -> String? {
        let isCrowded = threads(in: parameters) > 2
        let batch = parameters["batch"].flatMap { Int($0) } ?? 1
        let isLarge = parameters["payload"] != "8"
        if batch > 1 && isLarge || (batch > 1 || isLarge) && isCrowded {
            return "batch, payload and several producers or consumers together; "
                + "expected one of the three"
        }
        if let capacity = parameters["capacity"].flatMap({ Int($0) }), batch > 1,
            capacity < batch * 4
        {
            // A ring that takes a batch as a whole waits for room that it may never have.
            return
                "batches of \(batch) through a capacity of \(capacity); expected a quarter of it "
                + "at most"
        }
        return nil
    }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var use = RingUse()
        use.batch = context.integer("batch")
        use.payload = context.integer("payload")
        if Kind.kind.mostProducers > 1 { use.producers = context.integer("producers") }
        if Kind.kind.mostConsumers > 1 { use.consumers = context.integer("consumers") }
        let contenders = ChannelContenders(of: Kind.kind, in: context, for: use, into: &recorder)
            .contenders
        guard !contenders.isEmpty else { return }
        let windows: [InterleavedMeasurement.Window]
        if CrowdedStream.members(for: use) == 0 {
            windows = try StreamRounds.runStreams(
                contenders, inBatches: use.inBatches, in: context, into: &recorder)
        } else {
            let units = try StreamRounds.units(for: use, in: context, into: &recorder)
            windows = try StreamRounds.runCrowded(
                contenders, for: use, on: units, in: context, into: &recorder)
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
