/// The rules that a list of members keeps: ordered by name, distinct, within the limits.
enum Membership {
    /// `members` in the order of their names, or what is wrong with them.
    static func validated(
        _ members: [RingMember], virtualNodes: Int
    ) throws(RingError) -> [RingMember] {
        guard !members.isEmpty else { throw .noMembers }
        var points = 0
        for (place, member) in members.enumerated() {
            guard !member.name.bytes.isEmpty else { throw .emptyName(at: place) }
            guard member.weight > 0 else { throw .invalidWeight(member.weight, of: member.name) }
            let (share, overflowed) = member.weight.multipliedReportingOverflow(by: virtualNodes)
            guard !overflowed, share <= AnkhRing.pointLimit - points else {
                throw .tooManyPoints(limit: AnkhRing.pointLimit)
            }
            points += share
        }
        let ordered = members.sorted { $0.name < $1.name }
        for (earlier, later) in zip(ordered, ordered.dropFirst()) where earlier.name == later.name {
            throw .duplicateName(later.name)
        }
        return ordered
    }

    /// The place of `name` in members that are ordered by name.
    static func index(of name: NodeName, in members: [RingMember]) -> UInt32? {
        var (low, high) = (0, members.count)
        while low < high {
            let middle = low + (high - low) / 2
            if members[middle].name < name { low = middle + 1 } else { high = middle }
        }
        guard low < members.count, members[low].name == name else { return nil }
        return UInt32(low)
    }

    /// For each member of `old`, its number in `new`, or `nil` where it is gone; both ordered by
    /// name. Linear in both.
    static func renumbering(from old: [RingMember], to new: [RingMember]) -> [UInt32?] {
        var next = 0
        return old.map { member in
            while next < new.count, new[next].name < member.name { next += 1 }
            guard next < new.count, new[next].name == member.name else { return nil }
            return UInt32(next)
        }
    }
}
