import Measurement
import Quantities
import Randomness
import ShenRing

/// How evenly a ring spreads the circle over its members: computed from the arcs, not sampled.
enum RingSpread: Benchmark {
    static let description = BenchmarkDescription(
        name: "ring.balance",
        summary: "spread of the circle over the members, exact from the arcs, a sample for each "
            + "drawn ring",
        parameters: [
            RingFixture.nodes(default: 10), RingFixture.virtualNodes, RingFixture.seeds,
        ],
        metrics: [
            MetricSpecification(
                "spread", .percent, .lower, .seeded,
                "relative standard deviation of the members' shares"),
            MetricSpecification(
                "expected-spread", .percent, .neither, .exact,
                "what theory gives: 1/sqrt(virtual nodes), less what few members leave"),
            MetricSpecification(
                "max-over-mean", .ratio, .lower, .seeded, "largest share over the mean share"),
        ],
        processingUnits: 0,
        floor: "none: a computation")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let nodes = context.integer("nodes")
        let virtualNodes = context.integer("virtual-nodes")
        var spreads: [Double] = []
        var extremes: [Double] = []
        try RingFixture.drawRings(in: context, into: &recorder) { seed in
            let ring = try AnkhRing(
                members: RingFixture.members(nodes, seed: seed),
                virtualNodes: virtualNodes)
            let balance = ring.balance()
            spreads.append(balance.relativeStandardDeviation * 100)
            extremes.append(balance.maximumOverMean)
        }
        let parameters = recorder.figureParameters()
        recorder.record("spread", parameters, samples: spreads)
        recorder.record("max-over-mean", parameters, samples: extremes)
        recorder.record("expected-spread", parameters, samples: [expected(nodes, virtualNodes)])
    }

    /// The relative standard deviation of a member's share of N·V uniform spacings, in per cent:
    /// a share is Beta(V, (N − 1)V), whose deviation over its mean is √((N − 1)/(NV + 1)).
    private static func expected(_ nodes: Int, _ virtualNodes: Int) -> Double {
        let (n, v) = (Double(nodes), Double(virtualNodes))
        return ((n - 1) / (n * v + 1)).squareRoot() * 100
    }
}
