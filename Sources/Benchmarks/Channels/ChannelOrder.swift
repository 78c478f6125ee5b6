import Measurement
import Quantities

/// Whether a channel is the faster, the fewer threads it allows: the engine's kinds of channel side by
/// side, between two threads.
enum ChannelOrder: Benchmark {
    /// From the kind that allows the fewest threads.
    private static let kinds: [OwnRing] = [.spsc, .mpsc, .mpmc]

    static let description = BenchmarkDescription(
        name: "channel.order",
        summary: "messages a second from one pinned thread to another through each kind of "
            + "bounded channel, kinds side by side",
        parameters: [
            ParameterSpecification(
                "capacity", "elements that a channel holds", .integer(2...65_536),
                default: "1024", profileField: "ring-capacity"),
            ParameterSpecification(
                "wait", "what a channel does when it must wait", .choice(WaitChoice.names),
                default: "busy-spin", profileField: "wait-strategy"),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .messagesPerSecond, .higher, .sampled,
                "messages received in a window over its time"),
            MetricSpecification(
                "price", .ratio, .lower, .sampled,
                "time over that of the kind before it (spsc, mpsc, mpmc) in the same round and "
                    + "placement: what allowing more threads costs those who do not need them"),
        ],
        processingUnits: 2,
        floor: StreamMetrics.floor)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let capacity = context.integer("capacity")
        let wait = context.text("wait")
        let bodies = kinds.map {
            Stream(
                name: $0.rawValue, pair: $0.pair(capacity: capacity, wait: wait), inBatches: false)
        }
        let names = bodies.map(\.name)
        let windows = try StreamRounds.run(bodies, named: names, in: context)
        for body in bodies where body.hasDefect { throw RingDefect(contender: body.name) }
        let parameters = recorder.figureParameters()
        WindowAnalysis(windows, contenders: names, parameters: parameters)
            .record("throughput", into: &recorder) { 1e9 / $0 }
        for index in names.indices.dropFirst() {
            let both = windows.filter { $0.contender == index || $0.contender == index - 1 }
            WindowAnalysis(both, contenders: names, parameters: parameters)
                .recordRatios("price", to: names[index - 1], into: &recorder)
        }
    }
}
