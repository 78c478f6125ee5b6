import StateMachines

/// How often each member was seen to be at work: only the source document's failure detection has it.
struct HeartbeatTable: Sendable {
    /// By place.
    private(set) var counts: [UInt32]
    /// In which of this node's rounds the count last grew; rounds of its own, since clocks of others
    /// mean nothing here and its own goes on while it stands still.
    private var heard: [UInt32]

    init(count: Int) {
        counts = [UInt32](repeating: 0, count: count)
        heard = [UInt32](repeating: 0, count: count)
    }

    /// The heartbeat that was last heard.
    subscript(node: NodeID) -> UInt32 { node.place < counts.count ? counts[node.place] : 0 }

    /// Notes a heartbeat of a member.
    mutating func set(_ count: UInt32, of node: NodeID, round: Int) {
        grow(to: node.place + 1)
        counts[node.place] = count
        heard[node.place] = UInt32(truncatingIfNeeded: round)
    }

    mutating func grow(to places: Int) {
        guard places > counts.count else { return }
        let missing = places - counts.count
        counts.append(contentsOf: repeatElement(0, count: missing))
        heard.append(contentsOf: repeatElement(0, count: missing))
    }

    /// For how many of this node's rounds a member's heartbeat has stood still.
    func silence(of node: NodeID, round: Int) -> Int {
        Int(UInt32(truncatingIfNeeded: round) &- heard[node.place])
    }

    /// Keeps the higher of each two heartbeats of members whose state is the same; says where the other
    /// table's state is the greater one. O(places).
    mutating func merge(
        _ others: [UInt32], states: [MemberState], own: [MemberState], round: Int
    ) -> [Int] {
        grow(to: others.count)
        let round = UInt32(truncatingIfNeeded: round)
        var news: [Int] = []
        let common = min(others.count, own.count)
        for place in 0..<common {
            if states[place] == own[place] {
                guard others[place] > counts[place] else { continue }
                counts[place] = others[place]
                heard[place] = round
            } else if states[place] > own[place] {
                news.append(place)
            }
        }
        for place in common..<others.count where states[place].isKnown { news.append(place) }
        return news
    }

    /// What a merge must not do: keep the lower heartbeats, or take any heartbeat for a sign of life.
    mutating func merge(
        _ others: [UInt32], wronglyBy mistake: SundialMistake, round: Int
    ) {
        grow(to: others.count)
        for place in others.indices {
            switch mistake {
            case .lowerHeartbeatWins: counts[place] = min(counts[place], others[place])
            default: heard[place] = UInt32(truncatingIfNeeded: round)
            }
        }
    }
}
