import Measurement
import Quantities
import Randomness
import ShenRing

/// Members and keys for the ring benchmarks.
enum RingFixture {
    /// `count` members of weight 1, named by their number and by `seed`, so that another seed
    /// draws another placement of the points.
    static func members(_ count: Int, seed: Seed) -> [RingMember] {
        (0..<count).map { RingMember(NodeName("node-\($0)-\(seed)")) }
    }

    /// How many keys the lookups go through: enough that branch predictors cannot learn them, few
    /// enough (512 KiB) to leave most of a second-level cache to the ring.
    static let keyCount = 1 << 16

    /// Uniformly random 8-byte keys.
    static func keys(_ generator: inout Xoshiro256StarStar) -> [UInt64] {
        (0..<keyCount).map { _ in generator.next() }
    }

    /// The `nodes` parameter.
    static func nodes(default value: Int) -> ParameterSpecification {
        ParameterSpecification(
            "nodes", "members of the ring", .integer(1...100_000), default: "\(value)")
    }

    /// The `virtual-nodes` parameter.
    static let virtualNodes = ParameterSpecification(
        "virtual-nodes", "points of each member", .integer(1...100_000),
        default: "\(AnkhRing.defaultVirtualNodes)")

    /// The `seeds` parameter.
    static let seeds = ParameterSpecification(
        "seeds",
        "rings drawn at most, each from a seed of its own; at least 6 of them, then as many as the "
            + "time allows", .integer(1...10_000), default: "20")

    /// Calls `body` with the seed of each ring to be drawn, until there were as many as the
    /// `seeds` parameter says or, from the sixth on, the time is spent; notes how many there were.
    static func drawRings(
        in context: ForkContext, into recorder: inout Recorder, _ body: (Seed) throws -> Void
    ) rethrows {
        let seed = Seed(context.request.seed)
        let wanted = context.integer("seeds")
        let start = context.clock.begin()
        var drawn = 0
        while drawn < wanted {
            let elapsed = context.clock.nanoseconds(from: start, to: context.clock.end())
            if drawn >= SimulatedRuns.least, elapsed >= context.time.rawValue { break }
            try body(seed.derived(for: drawn))
            drawn += 1
        }
        recorder.note("\(drawn) of \(wanted) rings drawn")
    }
}
