/// What a node of a chain has to know after a crash.
public enum ChainRecord: Hashable, Sendable {
    /// The number of this disk, drawn when it was first written to.
    case disk(UInt64)
    /// The node takes part in this configuration.
    case entered(ChainConfiguration)
    /// Entries after a place, and how far the log was known to be committed by then.
    case entries(after: UInt64, committed: UInt64, [ChainEntry])
    /// What came after this place was dropped.
    case truncated(to: UInt64)
    /// The state after the entry of this epoch at its place. Of what was recorded before, entries up to
    /// there are no longer needed; later ones are.
    case compacted(KeyedState, epoch: UInt64)
    /// The state that a joiner was given: no entry that was recorded before is needed.
    case installed(KeyedState, epoch: UInt64)

    /// A warden accepts nothing below this ballot in an epoch.
    case promised(epoch: UInt64, ChainBallot)
    /// A warden has accepted this.
    case accepted(AcceptedConfiguration)
    /// A warden knows this to be decided.
    case decided(ChainConfiguration)
}

extension ChainRecord {
    /// Records that say the same as these in fewer: what a disk may keep in their place. O(records +
    /// entries).
    public static func compact(_ records: [ChainRecord]) -> [ChainRecord] {
        let replica = ReplicaMemory(records)
        let warden = WardenMemory(records)
        return replica.records + warden.records
    }
}

/// What a replica remembers of its earlier lives.
struct ReplicaMemory: Sendable {
    private(set) var disk: UInt64?
    private(set) var configuration = ChainConfiguration.none
    private(set) var log = ChainLog()
    /// The state at the log's base.
    private(set) var state = KeyedState()
    /// How far the log is known to be committed.
    private(set) var committed: UInt64 = 0

    /// Reads records in the order in which they were stored.
    init(_ records: [ChainRecord]) {
        for record in records { take(record) }
    }

    private mutating func take(_ record: ChainRecord) {
        switch record {
        case .disk(let number): disk = number
        case .entered(let entered): configuration = entered
        case .entries(let previous, let known, let entries):
            // Places that were taken before are dropped first, by a record of their own.
            precondition(previous == log.last, "entries after \(previous), log ends at \(log.last)")
            for entry in entries { log.append(entry) }
            committed = max(committed, min(known, log.last))
        case .truncated(let place): log.truncate(to: place)
        case .compacted(let kept, let epoch):
            precondition(
                log.epoch(at: kept.applied) == epoch, "a state at \(kept.applied) of epoch \(epoch)"
            )
            log.compact(through: kept.applied)
            state = kept
            committed = max(committed, kept.applied)
        case .installed(let given, let epoch):
            log.reset(base: given.applied, epoch: epoch)
            state = given
            committed = given.applied
        case .promised, .accepted, .decided: break
        }
    }

    /// The records that lead here.
    var records: [ChainRecord] {
        var records: [ChainRecord] = []
        if let disk { records.append(.disk(disk)) }
        if configuration.epoch > 0 { records.append(.entered(configuration)) }
        if log.base > 0 { records.append(.installed(state, epoch: log.baseEpoch)) }
        if log.last > log.base {
            let entries = log.entries(after: log.base, most: .max)
            records.append(.entries(after: log.base, committed: committed, entries))
        }
        return records
    }
}

/// What a warden remembers of its earlier lives.
struct WardenMemory: Sendable {
    private(set) var decided = ChainConfiguration.none
    /// The highest ballot that it promised for the epoch after `decided`.
    private(set) var promised: ChainBallot?
    private(set) var accepted: AcceptedConfiguration?

    /// Reads records in the order in which they were stored.
    init(_ records: [ChainRecord]) {
        for record in records { take(record) }
    }

    private mutating func take(_ record: ChainRecord) {
        switch record {
        case .promised(let epoch, let ballot):
            if epoch == decided.epoch + 1 { promised = max(promised ?? ballot, ballot) }
        case .accepted(let proposal):
            guard proposal.configuration.epoch == decided.epoch + 1 else { return }
            accepted = proposal
            promised = max(promised ?? proposal.ballot, proposal.ballot)
        case .decided(let configuration):
            decided = configuration
            (promised, accepted) = (nil, nil)
        case .disk, .entered, .entries, .truncated, .compacted, .installed: break
        }
    }

    /// The records that lead here.
    var records: [ChainRecord] {
        var records: [ChainRecord] = []
        if decided.epoch > 0 { records.append(.decided(decided)) }
        if let promised { records.append(.promised(epoch: decided.epoch + 1, promised)) }
        if let accepted { records.append(.accepted(accepted)) }
        return records
    }
}
