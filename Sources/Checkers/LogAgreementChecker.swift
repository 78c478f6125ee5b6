public import StateMachines

/// Holds the logs of replicas against each other: what is committed at an index is the same on all nodes
/// and in all their lives, each node's log is a prefix of the longest, and what was acknowledged is there.
///
/// "State Machine Safety" of Ongaro and Ousterhout, "In search of an understandable consensus algorithm",
/// USENIX ATC 2014, figure 3; "Update Propagation Invariant" of van Renesse and Schneider, "Chain
/// replication for supporting high throughput and availability", OSDI 2004, section 3, as far as what is
/// committed goes. Each event costs O(1); space is the longest log.
///
/// Indexes count from 1. An entry is whatever identifies it: a request's name, a digest of its bytes.
public struct LogAgreementChecker<Entry: Hashable & Sendable>: Sendable {
    private struct Life: Sendable {
        var number: Int
        var reached: UInt64
    }

    private var log: [LogClaim<Entry>] = []
    private var lives: [NodeID: Life] = [:]
    private var lastAcknowledged: (index: UInt64, claim: LogClaim<Entry>)?

    /// What was found so far.
    public private(set) var findings = FindingLog<LogFinding<Entry>>()

    /// No node, nothing committed.
    public init() {}

    /// How many entries some node has committed.
    public var length: UInt64 { UInt64(log.count) }

    /// The committed entry at an index; nil where there is none.
    public func entry(at index: UInt64) -> Entry? {
        index >= 1 && index <= length ? log[Int(index - 1)].entry : nil
    }

    /// How far the log of a node reaches in its present life; nil for a node that never began.
    public func reach(of node: NodeID) -> UInt64? { lives[node]?.reached }

    /// A node begins a life, and will tell what it commits after `index`: 0, or where a snapshot or
    /// what it had applied ends.
    public mutating func began(_ node: NodeID, after index: UInt64 = 0, at now: Moment) {
        let life = Life(number: (lives[node]?.number ?? 0) + 1, reached: index)
        lives[node] = life
        guard index > length else { return }
        let witness = LogWitness(node: node, life: life.number, moment: now)
        findings.note(.beganAhead(after: index, committed: length, by: witness))
    }

    /// A node commits the entry at an index. One that never began begins here, before its first entry.
    public mutating func committed(
        _ entry: Entry, at index: UInt64, by node: NodeID, at now: Moment
    ) {
        var life = lives[node] ?? Life(number: 1, reached: 0)
        let witness = LogWitness(node: node, life: life.number, moment: now)
        if index != life.reached + 1 {
            findings.note(.outOfOrder(expected: life.reached + 1, committed: index, by: witness))
        }
        // From where it says that it is, so that one slip is one finding.
        life.reached = index
        lives[node] = life
        compare(LogClaim(entry: entry, witness: witness), at: index)
    }

    private mutating func compare(_ claim: LogClaim<Entry>, at index: UInt64) {
        guard index >= 1, index <= length + 1 else { return }
        guard index <= length else {
            log.append(claim)
            return
        }
        let held = log[Int(index - 1)]
        if held.entry != claim.entry {
            findings.note(.disagreement(index: index, first: held, second: claim))
        }
    }

    /// A client is told that an entry is committed at an index.
    public mutating func acknowledged(
        _ entry: Entry, at index: UInt64, to client: NodeID, at now: Moment
    ) {
        let claim = LogClaim(
            entry: entry, witness: LogWitness(node: client, life: 1, moment: now))
        if index > lastAcknowledged?.index ?? 0 { lastAcknowledged = (index, claim) }
        guard index >= 1, index <= length else {
            findings.note(.acknowledgedTooEarly(index: index, claim))
            return
        }
        let held = log[Int(index - 1)]
        if held.entry != entry {
            findings.note(.acknowledgedAnother(index: index, acknowledged: claim, committed: held))
        }
    }

    /// The end, after faults are over and the nodes had time to catch up: the log of one of the live
    /// nodes at least reaches what was acknowledged last.
    public mutating func finish(live nodes: [NodeID]) {
        let reached = nodes.compactMap { lives[$0]?.reached }.max() ?? 0
        guard let last = lastAcknowledged, last.index > reached else { return }
        findings.note(.lost(index: last.index, acknowledged: last.claim, reached: reached))
    }
}
