/// What a shared file has committed since it was opened.
public struct CommitStatistics: Hashable, Sendable {
    /// How many groups had as many appends as there were callers (or as fitted) when they were due.
    public internal(set) var completeGroups = 0
    /// How many groups were written with fewer because `maxDelay` was over.
    public internal(set) var delayedGroups = 0
    /// How many groups failed; they are in the two counts above as well.
    public internal(set) var failedGroups = 0
    /// How many groups there were of each size, in appends.
    public internal(set) var groupSizes: [Int: Int] = [:]
    /// How often the kernel was asked to sync the file's data: once a group, unless a write came back
    /// short or a signal interrupted a sync.
    public internal(set) var syncs: UInt64 = 0
    /// How many appends wait for their group now.
    public internal(set) var waiting = 0

    /// How many groups were committed, one sync each.
    public var groups: Int { completeGroups + delayedGroups }

    /// How many appends they held.
    public var appends: Int { groupSizes.reduce(0) { $0 + $1.key * $1.value } }
}

extension CommitStatistics {
    /// Counts a group that has come to an end.
    mutating func note(
        _ group: CommitGroup, isDelayed: Bool, outcome: Result<UInt64, StorageError>
    ) {
        if isDelayed { delayedGroups += 1 } else { completeGroups += 1 }
        if case .failure = outcome { failedGroups += 1 }
        groupSizes[group.members, default: 0] += 1
    }
}
