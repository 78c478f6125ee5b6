import CNilometerShims
import Measurement
import Quantities
import Randomness
import ShenRing
import StateMachines

/// Asking a node of the gossip whether another is alive, which it answers from what it knows.
enum GossipLookup: Benchmark {
    static let description = BenchmarkDescription(
        name: "gossip.lookup",
        summary: "whether a random node is alive, as another one knows it, on one core, beside a "
            + "hash table",
        parameters: [GossipSetting.nodes(default: 1_000, most: 100_000)],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "time per lookup in a chain, where the answer says which node is next: the load of "
                    + "its number and the lookup, mean of a window"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "time in a chain that only loads the number"),
        ],
        processingUnits: 1,
        floor: "the load of a node's number")

    private static let contenders = ["nilometer", "hash-table"]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let nodes = context.integer("nodes")
        var generator = context.generator(for: "nodes")
        let asked = (0..<1 << 14).map { _ in
            NodeID(place: Int(generator.next(below: UInt64(nodes))))
        }
        var settings = SundialSettings()
        settings.members = nodes
        settings.capacity = max(settings.capacity, nodes)
        let member = Sundial(
            NodeID(0), settings: settings, seed: Seed(context.request.seed))
        let table = Dictionary(
            uniqueKeysWithValues: member.members.map { ($0.node, $0.state) })
        let bodies = [
            chain(over: asked) { member.isAlive($0) },
            chain(over: asked) { table[$0]?.isRunning == true },
            chain(over: asked) { $0.place >= 0 },
        ]
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            window: .milliseconds(5), counters: context.counters, turns: context.turns
        ).run(bodies, for: context.time, order: &order)
        let parameters = recorder.figureParameters()
        WindowAnalysis(
            windows.filter { $0.contender < contenders.count }, contenders: contenders,
            parameters: parameters
        ).record("latency", into: &recorder)
        recorder.record(
            "floor", parameters,
            samples: windows.filter { $0.contender == contenders.count }
                .map(\.nanosecondsPerOperation))
    }

    /// A loop in which each answer is needed to know who is asked about next.
    @inline(__always)
    private static func chain(
        over asked: [NodeID], _ isAlive: @escaping (NodeID) -> Bool
    ) -> LoopBody {
        precondition(
            asked.count & (asked.count - 1) == 0, "\(asked.count) nodes are no power of two")
        var next = 0
        return LoopBody { iterations in
            let mask = asked.count - 1
            var answer = 0
            for index in next..<next + iterations {
                answer = isAlive(asked[(index &+ answer) & mask]) ? 1 : 0
            }
            nilometer_consume(UInt64(answer))
            next = (next + iterations) & mask
        }
    }
}
