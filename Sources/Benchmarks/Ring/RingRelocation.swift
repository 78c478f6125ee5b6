import Measurement
import Quantities
import Randomness
import ShenRing

/// What moves when a member joins or leaves: exact from the difference of two rings.
enum RingRelocation: Benchmark {
    static let description = BenchmarkDescription(
        name: "ring.relocation",
        summary: "share of the circle that changes hands when a member joins or leaves, exact "
            + "from the moved ranges, a sample for each drawn ring",
        parameters: [
            RingFixture.nodes(default: 10), RingFixture.virtualNodes, RingFixture.seeds,
            ParameterSpecification(
                "change", "what happens to the ring", .choice(["join", "leave"]),
                default: "join"),
            ParameterSpecification(
                "replicas",
                "copies of a key; above 1 a key counts as moved when the set of its "
                    + "owners changes", .integer(1...16), default: "1"),
        ],
        metrics: [
            MetricSpecification(
                "moved", .percent, .lower, .seeded,
                "share of the circle whose owners change"),
            MetricSpecification(
                "moved-over-fair", .ratio, .lower, .seeded,
                "that share over replicas/nodes, nodes counted with the member"),
            MetricSpecification(
                "untouched-moved", .count(of: "keys"), .lower, .exact,
                "keys on moved ranges that neither leave nor reach the changed member, of 2^64"),
            MetricSpecification(
                "distinct-replicas", .count(of: "nodes"), .higher, .exact,
                "fewest distinct members among the replicas of any of 4096 random keys"),
            MetricSpecification(
                "modulo-moved", .percent, .neither, .exact,
                "what placement by hash modulo nodes would move: 1 - 1/nodes, with the larger "
                    + "number of nodes"),
        ],
        processingUnits: 0,
        floor: "1/nodes: what an even share of the larger ring is")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let nodes = context.integer("nodes")
        let replicas = context.integer("replicas")
        let larger = context.text("change") == "join" ? nodes + 1 : nodes
        var moved: [Double] = []
        var untouched = 0.0
        var distinct = Int.max
        var keys = context.generator(for: "keys")
        try RingFixture.drawRings(in: context, into: &recorder) { seed in
            let members = RingFixture.members(larger, seed: seed)
            let change = try Change(
                members: members, virtualNodes: context.integer("virtual-nodes"),
                joining: context.text("change") == "join", replicas: replicas)
            moved.append(change.movedShare * 100)
            untouched += change.untouchedKeys
            distinct = min(distinct, try fewestReplicas(of: members, context, &keys))
        }
        let parameters = recorder.figureParameters()
        let fair = Double(min(replicas, larger)) / Double(larger) * 100
        recorder.record("moved", parameters, samples: moved)
        recorder.record("moved-over-fair", parameters, samples: moved.map { $0 / fair })
        recorder.record("untouched-moved", parameters, samples: [untouched])
        recorder.record("distinct-replicas", parameters, samples: [Double(distinct)])
        if replicas == 1 {
            recorder.record(
                "modulo-moved", parameters, samples: [(1 - 1 / Double(larger)) * 100])
        }
    }

    /// Fewest distinct members among the replicas of random keys, on the ring of all `members`.
    private static func fewestReplicas(
        of members: [RingMember], _ context: ForkContext, _ keys: inout Xoshiro256StarStar
    ) throws -> Int {
        let ring = try AnkhRing(
            members: members, virtualNodes: context.integer("virtual-nodes"))
        let replicas = context.integer("replicas")
        return (0..<4096).reduce(Int.max) { least, _ in
            min(least, Set(ring.replicas(ofHash: keys.next(), count: replicas)).count)
        }
    }
}

/// What one member's joining or leaving does to a ring, exactly.
private struct Change {
    /// Share of the circle whose owners, or set of replicas, change.
    let movedShare: Double
    /// Positions on moved ranges in which the changed member neither gives nor takes.
    let untouchedKeys: Double

    /// The last of `members` joins or leaves the ring of the others.
    init(members: [RingMember], virtualNodes: Int, joining: Bool, replicas: Int) throws {
        let with = try AnkhRing(members: members, virtualNodes: virtualNodes)
        let changed = members[members.count - 1]
        let without = try with.removing(changed.name)
        guard let number = with.index(of: changed.name) else {
            preconditionFailure("\(changed.name) is not in the ring that was made with it")
        }
        if replicas == 1 {
            let ranges =
                joining ? without.movedRanges(to: with) : with.movedRanges(to: without)
            movedShare = ranges.moved.fraction
            untouchedKeys =
                ranges.filter { (joining ? $0.to : $0.from) != number }
                .moved.fraction * 0x1p64
        } else {
            let ranges =
                joining
                ? without.movedReplicas(to: with, replicationFactor: replicas)
                : with.movedReplicas(to: without, replicationFactor: replicas)
            movedShare = ranges.moved.fraction
            untouchedKeys =
                ranges.filter { !(joining ? $0.joining : $0.leaving).contains(number) }
                .moved.fraction * 0x1p64
        }
    }
}
