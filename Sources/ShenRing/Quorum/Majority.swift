/// What a vote has come to.
public enum VoteOutcome: Hashable, Sendable {
    /// A majority said yes.
    case won
    /// No majority can say yes any more.
    case lost
    /// It depends on those who have not spoken.
    case open
}

/// Counting majorities: the one place where a quorum is decided, for commits, votes, reads and
/// leases.
public enum Majority {
    /// How many of `count` are a majority.
    public static func size(of count: Int) -> Int { count / 2 + 1 }

    /// The greatest number that a majority of the voters has reached; `UInt64.max` where there are
    /// none, which then do not bound anything.
    ///
    /// - Complexity: quadratic in the voters, which are few, and without memory: for five voters it
    ///   is faster than a sort.
    public static func reached<Voters: Collection>(
        by voters: Voters, _ number: (Voters.Element) -> UInt64
    ) -> UInt64 {
        guard !voters.isEmpty else { return .max }
        let needed = size(of: voters.count)
        var greatest: UInt64 = 0
        for voter in voters {
            let candidate = number(voter)
            guard candidate > greatest else { continue }
            var count = 0
            for other in voters where number(other) >= candidate { count += 1 }
            if count >= needed { greatest = candidate }
        }
        return greatest
    }

    /// What a vote has come to; nil stands for a voter who has not spoken. Won where there are no
    /// voters.
    public static func outcome<Voters: Collection>(
        of voters: Voters, _ ballot: (Voters.Element) -> Bool?
    ) -> VoteOutcome {
        guard !voters.isEmpty else { return .won }
        let needed = size(of: voters.count)
        var (granted, silent) = (0, 0)
        for voter in voters {
            switch ballot(voter) {
            case true?: granted += 1
            case nil: silent += 1
            case false?: break
            }
        }
        if granted >= needed { return .won }
        return granted + silent < needed ? .lost : .open
    }
}
