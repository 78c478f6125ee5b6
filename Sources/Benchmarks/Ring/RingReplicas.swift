import CNilometerShims
import Measurement
import Quantities
import Randomness
import ShenRing

/// The walk from a key to the distinct members that hold its copies, on one core.
enum RingReplicas: Benchmark {
    static let description = BenchmarkDescription(
        name: "ring.replicas",
        summary: "replicas of a random 8-byte key on distinct members, hash included, on one core",
        parameters: [
            RingFixture.nodes(default: 1000), RingFixture.virtualNodes,
            ParameterSpecification(
                "replicas", "copies of a key", .integer(1...16), default: "3"),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled, "time per walk, mean of a window"),
            MetricSpecification(
                "repeated-members", .count(of: "keys"), .lower, .exact,
                "keys of the fixture whose replicas name a member twice"),
        ],
        processingUnits: 1,
        floor: "the lookup of the owner")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var generator = context.generator(for: "keys")
        let keys = RingFixture.keys(&generator)
        let ring = try AnkhRing(
            members: RingFixture.members(
                context.integer("nodes"), seed: Seed(context.request.seed)),
            virtualNodes: context.integer("virtual-nodes"))
        let replicas = context.integer("replicas")
        var repeated = 0
        for key in keys {
            let members = ring.replicas(ofHash: KeyHash.position(of: key), count: replicas)
            if Set(members).count != min(replicas, ring.members.count) { repeated += 1 }
        }
        recorder.record(
            "repeated-members", recorder.figureParameters(), samples: [Double(repeated)])
        let body = Walks(ring, keys: keys, replicas: replicas)
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            counters: context.counters, turns: context.turns
        ).run([body], for: context.time, order: &order)
        WindowAnalysis(
            windows, contenders: ["nilometer"], parameters: recorder.figureParameters()
        ).record("latency", into: &recorder)
    }
}

private final class Walks: MeasuredBody {
    private let ring: AnkhRing
    private let keys: [UInt64]
    private let replicas: Int
    private var next = 0

    init(_ ring: consuming AnkhRing, keys: [UInt64], replicas: Int) {
        self.ring = ring
        self.keys = keys
        self.replicas = replicas
    }

    func run(iterations: Int) {
        var found = [UInt32](repeating: 0, count: replicas)
        var members = found.mutableSpan
        let mask = keys.count - 1
        for index in next..<next + iterations {
            let count = ring.replicas(
                ofHash: KeyHash.position(of: keys[index & mask]), into: &members)
            nilometer_consume(UInt64(count))
        }
        next = (next + iterations) & mask
    }
}
