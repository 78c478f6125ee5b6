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
    private var levels: [[Rumor]] = []
    /// How many rumors there are, those that newer ones have made void included.
    private(set) var count = 0

    /// Whether there is nothing to tell.
    var isEmpty: Bool { count == 0 }

    /// Adds news. What is said of a member's earlier states becomes void by itself: `take` asks.
    mutating func add(_ rumor: Rumor) {
        if levels.isEmpty { levels.append([]) }
        levels[0].append(rumor)
        count += 1
    }

    /// Appends news to `updates` until they are `limit`, and counts that they were told.
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
            var used = 0
            while used < levels[level].count, updates.count < limit {
                let rumor = levels[level][used]
                used += 1
                guard level < times, let update = describe(rumor) else { continue }
                updates.append(update)
                told.append((rumor, level + 1))
            }
            levels[level].removeFirst(used)
            count -= used
            if updates.count == limit { break }
        }
        for (rumor, times) in told.lazy.filter({ $0.times < times }) {
            if times == levels.count { levels.append([]) }
            levels[times].append(rumor)
            count += 1
        }
    }

    /// Forgets all.
    mutating func removeAll() { self = Rumors() }
}
