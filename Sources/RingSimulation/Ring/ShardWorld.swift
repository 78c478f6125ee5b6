import Randomness
import ShenRing
import StateMachines

/// Shards that come and go on a ring whose members have bounded loads, against a computation from
/// nothing.
struct ShardWorld: ~Copyable {
    private(set) var operations = 0
    private(set) var violations: [String] = []

    private var assignment: BoundedAssignment
    private var shards: [UInt64] = []
    private var view: RingView
    private let placement: PointPlacement
    private var generator: Xoshiro256StarStar
    private static let excess = 0.25

    init(_ first: RingView, placement: PointPlacement, seed: Seed) {
        view = first
        self.placement = placement
        generator = seed.generator()
        do throws(RingError) {
            assignment = BoundedAssignment(
                ring: try ShardWorld.ring(of: first, placement),
                bound: try LoadBound(excess: ShardWorld.excess))
        } catch { preconditionFailure("\(error)") }
    }

    private static func ring(
        of view: RingView, _ placement: PointPlacement
    ) throws(RingError) -> AnkhRing {
        try AnkhRing(
            members: view.members, virtualNodes: view.virtualNodes, placement: placement)
    }

    /// A shard comes or goes.
    mutating func step() {
        operations += 1
        if shards.count > 10, generator.next(below: UInt64(shards.count)) > 20 {
            let place = Int(generator.next(below: UInt64(shards.count)))
            _ = assignment.release(shards.remove(at: place))
        } else {
            let shard = generator.next(below: 1 << 20)
            guard !shards.contains(shard) else { return }
            shards.append(shard)
            _ = assignment.assign(shard)
        }
        checkBounds()
        if operations.isMultiple(of: 16) { check() }
    }

    /// The ring has changed.
    mutating func move(to newer: RingView) {
        view = newer
        do throws(RingError) {
            _ = assignment.move(to: try ShardWorld.ring(of: newer, placement))
        } catch {
            violations.append("\(newer.version) makes no ring: \(error)")
        }
        checkBounds()
        check()
    }

    /// What the bound of ε = 1/4 gives a member of this weight: ⌈⌈5m/4⌉·w/W⌉.
    private func most(_ weight: Int) -> Int {
        let total = view.members.reduce(0) { $0 + $1.weight }
        let places = (5 * shards.count + 3) / 4
        return (places * weight + total - 1) / total
    }

    private mutating func checkBounds() {
        for (number, member) in view.members.enumerated() {
            let load = assignment.keys(of: UInt32(number)).count
            if load > most(member.weight), violations.count < 20 {
                violations.append(
                    "\(member.name) has \(load) shards of at most \(most(member.weight))")
            }
        }
    }

    /// Another who knows the same shards and the same ring has the same places for all of them.
    mutating func check() {
        do throws(RingError) {
            let other = BoundedAssignment(
                ring: try ShardWorld.ring(of: view, placement),
                bound: try LoadBound(excess: ShardWorld.excess), keys: shards)
            for shard in shards where violations.count < 20 {
                let (here, there) = (assignment.owner(of: shard), other.owner(of: shard))
                if here != there {
                    violations.append("shard \(shard) is at \(here ?? 0) or at \(there ?? 0)")
                }
            }
        } catch { violations.append("\(view.version) makes no ring: \(error)") }
    }
}
