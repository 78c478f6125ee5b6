import StateMachines

/// What a node has to pass on: each piece of news a limited number of times, that which was told least
/// first (SWIM, section 4.1).
struct Rumors: Sendable {
    /// That a member has a state, and for a suspect who says so.
    struct Rumor: Sendable {
        let member: NodeID
        let state: MemberState
        let accuser: NodeID
    }

    /// By how often they were told; within that the oldest first.
    private var levels: [Level] = []
    /// How many rumors there are, those that newer ones have made void included.
    private(set) var count = 0

    /// Whether there is nothing to tell.
    var isEmpty: Bool { count == 0 }

    /// Adds news. What is said of a member's earlier states becomes void by itself: `take` asks.
    mutating func add(_ rumor: Rumor) {
        if levels.isEmpty { levels.append(Level()) }
        levels[0].append(rumor)
        count += 1
    }

    /// Appends news to `updates` until they are `limit`, and counts that they were told. O(limit), and the
    /// void ones on the way, each of which is met once.
    ///
    /// - Parameters:
    ///   - times: how often each is told in all; those that were are dropped.
    ///   - describe: what to say of a rumor; nil where it is void.
    mutating func take(
        upTo limit: Int, times: Int, into updates: inout [MemberUpdate],
        describe: (Rumor) -> MemberUpdate?
    ) {
        guard count > 0, updates.count < limit else { return }
        var told: [(rumor: Rumor, times: Int)] = []
        for level in levels.indices {
            while updates.count < limit, let rumor = levels[level].popFirst() {
                count -= 1
                guard level < times, let update = describe(rumor) else { continue }
                updates.append(update)
                told.append((rumor, level + 1))
            }
            if updates.count == limit { break }
        }
        for (rumor, times) in told.lazy.filter({ $0.times < times }) {
            if times == levels.count { levels.append(Level()) }
            levels[times].append(rumor)
            count += 1
        }
    }

    /// Forgets all.
    mutating func removeAll() { self = Rumors() }

    /// News that was told as often, in the order in which it came to that. A node that joins a large cluster
    /// has thousands of them, and tells a few at a time: the others must not be moved for that.
    private struct Level: Sendable {
        private var rumors: [Rumor] = []
        /// The place of the first that was not taken.
        private var first = 0

        mutating func append(_ rumor: Rumor) { rumors.append(rumor) }

        /// Takes the oldest; O(1) on average, since places are given back when they are half of all.
        mutating func popFirst() -> Rumor? {
            guard first < rumors.count else { return nil }
            let rumor = rumors[first]
            first += 1
            if 2 * first >= rumors.count {
                rumors.removeFirst(first)
                first = 0
            }
            return rumor
        }
    }
}
