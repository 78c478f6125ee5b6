public import Randomness
public import StateMachines

extension QuorumNode {
    /// A node's life, from the records that its disk has.
    ///
    /// - Parameters:
    ///   - origin: how it begins where the disk is empty; not looked at where it is not.
    ///   - recovered: the records of all lives before, in order; what precedes the last snapshot
    ///     may be left out but for the first and the last promise. - seed: from which it draws its
    ///     election timeouts; another one in each life.
    ///
    /// - Throws: `QuorumError` where the settings are impossible, the founders are none, doubled or
    ///   not with this node, or the records are not those of a node.
    ///
    /// O(n) for n records.
    public init(
        _ id: NodeID, settings: QuorumSettings, origin: QuorumOrigin,
        recovered: [QuorumRecord] = [], seed: Seed
    ) throws(QuorumError) {
        try settings.validate()
        let records: [QuorumRecord]
        if recovered.isEmpty {
            records = [try Self.birth(of: id, origin)]
        } else {
            records = recovered
        }
        let disk = try Disk(records)
        self.id = id
        self.settings = settings
        isNew = recovered.isEmpty
        random = seed.generator()
        incarnation = disk.incarnation
        term = disk.term
        vote = disk.vote
        keyed = try disk.recoverState()
        log = disk.log
        durable = DurableTail(last: log.lastIndex)
        // Entries of the current term come from its one leader, who takes none back: with the last
        // of them all before it agree with the leader's (log matching, paper §5.3).
        verified = log.lastTerm == term ? log.lastIndex : log.commit
    }

    /// Fewer records from which a node recovers alike: whose disk it is, the last promise, the last
    /// snapshot and the entries after it. What a shell writes when it makes a disk's log shorter.
    ///
    /// - Throws: `QuorumError` where the records are not those of a node.
    public static func compacted(
        _ records: [QuorumRecord]
    ) throws(QuorumError) -> [QuorumRecord] {
        let disk = try Disk(records)
        let log = disk.log
        var kept = [records[0], .promise(term: disk.term, vote: disk.vote)]
        if let snapshot = log.snapshot { kept.append(.snapshot(snapshot)) }
        if log.lastIndex > log.base.index {
            let first = log.base.index + 1
            kept.append(.append(first: first, log.entries(from: first, bytes: .max)))
        }
        return kept
    }

    private static func birth(
        of id: NodeID, _ origin: QuorumOrigin
    ) throws(QuorumError) -> QuorumRecord {
        switch origin {
        case .founding(let founders):
            let membership = try QuorumMembership(voters: founders.map { QuorumMember($0) })
            guard founders.contains(id) else { throw .notAFounder(id) }
            return .born(incarnation: 0, membership)
        case .joining(let incarnation):
            return .born(incarnation: incarnation, .none)
        }
    }

    /// What a disk says.
    private struct Disk {
        let incarnation: UInt32
        var term: UInt64 = 0
        var vote: QuorumMember?
        var log: QuorumLog

        init(_ records: [QuorumRecord]) throws(QuorumError) {
            guard case .born(let incarnation, let membership)? = records.first else {
                throw .unmarkedDisk
            }
            self.incarnation = incarnation
            log = QuorumLog(founding: membership)
            for (place, record) in records.enumerated().dropFirst() {
                try read(record, at: place)
            }
        }

        private mutating func read(
            _ record: QuorumRecord, at place: Int
        ) throws(QuorumError) {
            switch record {
            case .born:
                throw .unmarkedDisk
            case .promise(let term, let vote):
                self.term = term
                self.vote = vote
            case .append(let first, let entries):
                guard first == log.lastIndex + 1 else {
                    throw .brokenRecord(at: place, expected: log.lastIndex + 1, found: first)
                }
                for entry in entries { log.append(entry) }
            case .truncate(let index):
                guard index > log.base.index, index <= log.lastIndex else {
                    throw .brokenRecord(at: place, expected: log.lastIndex, found: index)
                }
                log.truncate(from: index)
            case .snapshot(let snapshot):
                if log.term(at: snapshot.index) == snapshot.term, snapshot.index >= log.commit {
                    log.commit(through: snapshot.index)
                    log.compact(into: snapshot, keeping: 0)
                } else {
                    log.reset(to: snapshot)
                }
            }
        }

        func recoverState() throws(QuorumError) -> KeyedState {
            guard let snapshot = log.snapshot else { return KeyedState() }
            do throws(ImageError) {
                return try KeyedState(image: snapshot.state)
            } catch { throw .brokenSnapshot(error) }
        }
    }
}
