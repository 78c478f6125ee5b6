import Measurement
import Quantities
import Synchronization

/// Streaming throughput of SPSC rings between two cores.
enum ChannelThroughput: Benchmark {
    static let description = BenchmarkDescription(
        name: "channel.spsc.throughput",
        summary: "messages a second from one pinned thread to another, one by one or in batches, "
            + "rings side by side",
        parameters: ChannelContenders.parameters + [
            ParameterSpecification(
                "batch", "messages handed over at once", .choice(["1", "256"]), default: "1")
        ],
        metrics: [
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
        ],
        processingUnits: 2,
        floor: "cache-line hand-over between the two cores, over the messages that share a line")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let batches = context.integer("batch") > 1
        let contenders = ChannelContenders(in: context, batches: batches, into: &recorder)
            .contenders
        guard !contenders.isEmpty else { return }
        let bodies = contenders.map {
            Stream(name: $0.name, pair: $0.pair, inBatches: batches)
        }
        let probe = FloorProbe(firstBody: bodies.count)
        let partner = try PartnerThread(
            on: context.request.processingUnits[1],
            bodies: bodies as [any PairedBody] + probe.bodies,
            counters: context.request.counters)
        defer { partner.stop() }
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            counters: context.counters, turns: context.turns
        ).run(paired: bodies, with: partner, probe: probe, for: context.time, order: &order)
        for body in bodies { try body.check() }
        let analysis = WindowAnalysis(
            windows, contenders: contenders.map(\.name),
            parameters: recorder.figureParameters(without: ["contenders"]))
        analysis.record("throughput", into: &recorder) { 1e9 / $0 }
        analysis.recordRatios("relative", to: ChannelContenders.own, into: &recorder)
        analysis.recordFloor("floor", ratio: "floor-ratio", scale: 1, into: &recorder)
    }
}

/// A stream of one contender's messages.
private final class Stream: PairedBody {
    private let name: String
    private let pair: any RingPair
    private let inBatches: Bool
    private let wrong = SharedLine()

    init(name: String, pair: any RingPair, inBatches: Bool) {
        self.name = name
        self.pair = pair
        self.inBatches = inBatches
    }

    func initiate(iterations: Int) { pair.produce(iterations, inBatches: inBatches) }

    func respond(iterations: Int) {
        let found = pair.consume(iterations, inBatches: inBatches)
        // Relaxed: read after the window's hand-over has ordered it.
        wrong.value.bitwiseOr(found, ordering: .relaxed)
    }

    /// Throws when any window delivered something else than what was sent.
    func check() throws {
        guard wrong.value.load(ordering: .relaxed) == 0 else { throw RingDefect(contender: name) }
    }
}
