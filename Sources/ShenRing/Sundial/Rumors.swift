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
        updates.reserveCapacity(min(limit, updates.count + count))
        // What was told here went one level up, and is not to be told again.
        var told = 0
        for place in levels.indices {
            let waiting = levels[place].count - told
            told = 0
            guard waiting > 0 else { continue }
            let goesOn = place + 1 < times
            if goesOn, place + 1 == levels.count { levels.append(Level()) }
            // Out of the list, so that they are this function's own and each step need not see to that.
            var (source, target) = (Level(), Level())
            swap(&source, &levels[place])
            if goesOn { swap(&target, &levels[place + 1]) }
            var left = waiting
            while left > 0, updates.count < limit {
                let rumor = source.removeFirst()
                (left, count) = (left - 1, count - 1)
                guard place < times, let update = describe(rumor) else { continue }
                updates.append(update)
                guard goesOn else { continue }
                target.append(rumor)
                (told, count) = (told + 1, count + 1)
            }
            swap(&source, &levels[place])
            if goesOn { swap(&target, &levels[place + 1]) }
            if updates.count == limit { return }
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

        var count: Int { rumors.count - first }

        mutating func append(_ rumor: Rumor) { rumors.append(rumor) }

        /// Takes the oldest, which there must be; O(1) on average, since places are given back when they are
        /// half of all.
        mutating func removeFirst() -> Rumor {
            let rumor = rumors[first]
            first += 1
            if 2 * first >= rumors.count {
                // A level that thousands have passed through is not to hold their places for good.
                if first == rumors.count, first > Self.mostIdle {
                    rumors = []
                } else {
                    rumors.removeFirst(first)
                }
                first = 0
            }
            return rumor
        }

        /// An empty level keeps room for as many.
        private static let mostIdle = 64
    }
}
