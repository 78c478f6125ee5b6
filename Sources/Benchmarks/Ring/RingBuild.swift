import CNilometerShims
import Measurement
import Quantities
import Randomness
import ShenRing

/// What it costs to make a ring, and to take one more member in.
enum RingBuild: Benchmark {
    static let description = BenchmarkDescription(
        name: "ring.build",
        summary: "time to build a ring and to derive the next one when a member joins, and the "
            + "memory of its table",
        parameters: [RingFixture.nodes(default: 1000), RingFixture.virtualNodes],
        metrics: [
            MetricSpecification(
                "time", .nanoseconds, .lower, .sampled,
                "one build from scratch, or one join to a ring that exists"),
            MetricSpecification(
                "time-per-point", .nanoseconds, .lower, .sampled,
                "that time over the points of the ring"),
            MetricSpecification(
                "memory-per-point", .bytes, .lower, .exact,
                "size of the lookup table over the points"),
        ],
        processingUnits: 1,
        floor: "reading and writing every point once")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let virtualNodes = context.integer("virtual-nodes")
        let members = RingFixture.members(
            context.integer("nodes"), seed: Seed(context.request.seed))
        let ring = try AnkhRing(members: members, virtualNodes: virtualNodes)
        let points = Double(ring.pointCount)
        let parameters = recorder.figureParameters()
        recorder.record(
            "memory-per-point", parameters, samples: [Double(ring.memory.rawValue) / points])
        let bodies: [any MeasuredBody] = [
            Builds(members: members, virtualNodes: virtualNodes), Joins(to: ring),
        ]
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            counters: context.counters, turns: context.turns
        ).run(bodies, for: context.time, order: &order)
        let analysis = WindowAnalysis(
            windows, contenders: ["build", "join"], parameters: parameters)
        analysis.record("time", into: &recorder)
        analysis.record("time-per-point", withCounts: false, into: &recorder) { $0 / points }
    }
}

private final class Builds: MeasuredBody {
    private let members: [RingMember]
    private let virtualNodes: Int

    init(members: [RingMember], virtualNodes: Int) {
        self.members = members
        self.virtualNodes = virtualNodes
    }

    func run(iterations: Int) throws {
        for _ in 0..<iterations {
            let ring = try AnkhRing(members: members, virtualNodes: virtualNodes)
            nilometer_consume(UInt64(ring.pointCount))
        }
    }
}

private final class Joins: MeasuredBody {
    private let ring: AnkhRing

    init(to ring: consuming AnkhRing) { self.ring = ring }

    func run(iterations: Int) throws {
        for _ in 0..<iterations {
            let larger = try ring.adding(RingMember("the-one-that-joins"))
            nilometer_consume(UInt64(larger.pointCount))
        }
    }
}
