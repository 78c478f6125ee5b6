import Randomness
import StateMachines

/// The order in which members are probed: all once, in random order, then all again in another (SWIM,
/// section 4.3). So a member waits for at most 2n − 1 probes of each other one, where a random choice
/// with replacement has no bound.
///
/// The order is drawn as it is used: each step swaps a random one of those that remain to the front
/// (Fisher and Yates). A member that joins in mid-round is among those that remain, wherever it was put.
struct ProbeOrder: Sendable {
    private var members: [NodeID]
    private var drawn = 0

    /// All of 0..<`count`.
    init(count: Int) { members = (0..<count).map(NodeID.init(place:)) }

    /// Adds a member, which has its turn in this round.
    mutating func insert(_ node: NodeID) { members.append(node) }

    /// The next member that may be probed; nil where there is none.
    ///
    /// - Parameters:
    ///   - table: who is known; others are dropped.
    ///   - isWanted: who may be probed; others lose their turn.
    /// - Complexity: O(1) where most may be probed; O(n) where few may.
    mutating func next(
        of table: MembershipTable, by generator: inout Xoshiro256StarStar,
        where isWanted: (NodeID) -> Bool
    ) -> NodeID? {
        for _ in 0...(2 * members.count) {
            if drawn == members.count { beginRound(of: table) }
            guard drawn < members.count else { return nil }
            let chosen = drawn + Int(generator.next(below: UInt64(members.count - drawn)))
            let node = members[chosen]
            guard table[node].isKnown else {
                members.swapAt(chosen, members.count - 1)
                members.removeLast()
                continue
            }
            members.swapAt(chosen, drawn)
            drawn += 1
            if isWanted(node) { return node }
        }
        return nil
    }

    private mutating func beginRound(of table: MembershipTable) {
        drawn = 0
        // A member that was forgotten and known again before its turn came stands here twice.
        guard members.count > table.known else { return }
        members = (0..<table.places).map(NodeID.init(place:)).filter { table[$0].isKnown }
    }
}
