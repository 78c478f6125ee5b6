import StateMachines

/// What a leader knows of a member's log, its own included, and what it has under way to it.
struct QuorumPeer: Sendable {
    /// How entries are sent.
    enum Mode: Hashable, Sendable {
        /// Where the logs agree is being looked for: one message at a time. `isWaiting` for its
        /// answer.
        case probing(isWaiting: Bool)
        /// The logs agree: messages follow each other without waiting, up to the window.
        case replicating
        /// The entries that it lacks are gone here: it gets a snapshot, a part at a time.
        case installing
    }

    /// A message with entries that is under way.
    private struct Sent {
        let last: UInt64
        let bytes: Int
    }

    let member: QuorumMember
    /// The next place to send.
    var next: UInt64
    /// The last place that is known to be durable there and to agree.
    var match: UInt64 = 0
    var mode = Mode.probing(isWaiting: false)
    /// The last round that it has answered.
    var round: UInt64 = 0
    /// When it was last heard.
    var heard: Moment
    /// How far it has been told that the log is committed.
    var toldCommit: UInt64 = 0
    /// `match` at the last heartbeat: where it stands still with messages under way, they may be
    /// lost.
    var matchAtHeartbeat: UInt64 = 0
    /// The snapshot that it gets, as bytes, and how many of them it has.
    var snapshot: (index: UInt64, term: UInt64, bytes: [UInt8], received: Int)?
    private var sent = FIFO<Sent>()
    private var bytesSent = 0

    init(_ member: QuorumMember, next: UInt64, heard: Moment) {
        self.member = member
        self.next = next
        self.heard = heard
    }

    /// Whether entries are under way.
    var hasUnderWay: Bool { !sent.isEmpty }

    /// Whether another message with entries may be sent.
    func hasRoom(window: Int, bytes: Int) -> Bool { sent.count < window && bytesSent < bytes }

    /// Entries up to `last` have been sent.
    mutating func sends(through last: UInt64, bytes: Int) {
        sent.append(Sent(last: last, bytes: bytes))
        bytesSent += bytes
        next = last + 1
    }

    /// The log up to a place is durable there. Returns whether that is news.
    mutating func acknowledges(through index: UInt64) -> Bool {
        while let first = sent.first, first.last <= index {
            bytesSent -= first.bytes
            _ = sent.removeFirst()
        }
        guard index > match else { return false }
        match = index
        next = max(next, index + 1)
        return true
    }

    /// Looks for where the logs agree, from a place on.
    mutating func probe(from next: UInt64) {
        mode = .probing(isWaiting: false)
        self.next = next
        sent.removeAll()
        bytesSent = 0
        snapshot = nil
    }
}
