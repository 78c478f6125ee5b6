import Randomness
import StateMachines

/// What a node knows of all others and of itself: one word a node, by the node's number.
///
/// 4 bytes a member, so that ten thousand nodes with ten thousand members each fit in 400 MB.
@usableFromInline
struct MembershipTable: Sendable {
    /// By place; what is beyond the end is unknown.
    @usableFromInline private(set) var states: [MemberState]
    /// How many are alive or suspect.
    private(set) var running = 0
    /// How many are alive.
    private(set) var alive = 0
    /// How many are dead; those that left do not count.
    private(set) var dead = 0
    /// How many are known at all.
    private(set) var known = 0
    /// The sum of the marks of all that are known: equal tables have equal ones, and unequal tables
    /// have equal ones with a chance of 2⁻⁶⁴.
    private(set) var fingerprint: UInt64 = 0

    /// The members 0..<`members` are alive in their first incarnation.
    init(members: Int) {
        let first = MemberState(.alive, incarnation: 1)
        states = [MemberState](repeating: first, count: members)
        running = members
        alive = members
        known = members
        fingerprint = fingerprint(of: 0..<members)
    }

    /// What is known of a node.
    @inlinable
    subscript(node: NodeID) -> MemberState {
        node.place < states.count ? states[node.place] : .unknown
    }

    /// How many places there are, known or not.
    var places: Int { states.count }

    /// Notes what is known of a node from now on. O(1), but where the table grows.
    mutating func set(_ state: MemberState, of node: NodeID) {
        grow(to: node.place + 1)
        count(states[node.place], of: node.place, by: -1)
        states[node.place] = state
        count(state, of: node.place, by: 1)
    }

    /// Makes room for as many places, which are unknown.
    mutating func grow(to places: Int) {
        guard places > states.count else { return }
        states.append(contentsOf: repeatElement(.unknown, count: places - states.count))
    }

    private mutating func count(_ state: MemberState, of place: Int, by change: Int) {
        guard state.isKnown else { return }
        known += change
        if state.isRunning { running += change }
        if state.isAlive { alive += change }
        if state.status == .dead { dead += change }
        let mark = MembershipTable.mark(state, of: place)
        fingerprint = change > 0 ? fingerprint &+ mark : fingerprint &- mark
    }

    /// The sum of the marks of the places of a range, which may reach beyond the end.
    func fingerprint(of range: Range<Int>) -> UInt64 {
        var sum: UInt64 = 0
        for place in range.clamped(to: 0..<states.count) where states[place].isKnown {
            sum &+= MembershipTable.mark(states[place], of: place)
        }
        return sum
    }

    private static func mark(_ state: MemberState, of place: Int) -> UInt64 {
        SplitMix64.mix(UInt64(place) << 32 | UInt64(state.rawValue))
    }
}
