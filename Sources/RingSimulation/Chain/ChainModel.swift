public import ShenRing
public import StateMachines

/// What arithmetic says of a chain, to stand beside what the simulator measures.
///
/// Constant delays, syncs and costs; a light load, so that nothing waits for anything else. A node is one
/// server: each message costs its sender and its receiver.
public struct ChainModel: Hashable, Sendable {
    /// Members of the chain.
    public var replicas: Int
    /// How long a message is on its way.
    public var delay: Span
    /// How long a sync takes.
    public var sync: Span
    /// What a message costs the node that receives it, and the one that sends it.
    public var receive: Span
    /// See `receive`.
    public var send: Span
    /// Who answers.
    public var answering: ChainSettings.Answering
    /// When nodes forward.
    public var forwarding: ChainSettings.Forwarding

    /// One-way delays from a client's request to the answer: replicas + 1 where the tail answers, twice
    /// the replicas where the acknowledgement goes back to the head first.
    public var writeDelays: Int {
        switch answering {
        case .byTail: replicas + 1
        case .throughHead: 2 * replicas
        }
    }

    /// Syncs one after the other: one where nodes forward before they sync, for then all overlap.
    public var writeSyncs: Int {
        switch forwarding {
        case .atOnce: 1
        case .whenDurable: replicas
        }
    }

    /// How long a write takes: its delays, its syncs, and what its messages cost both ends.
    public var write: Span {
        (delay + receive + send) * Int64(writeDelays) + sync * Int64(writeSyncs)
    }

    /// How long a read takes, at the tail or of a clean key: there and back.
    public var read: Span { (delay + receive + send) * 2 }

    /// How long a read of a dirty key takes at a member that is not the tail: the tail is asked between.
    public var dirtyRead: Span { (delay + receive + send) * 4 }

    /// Messages that a member sends and receives for a write, where nothing is batched.
    ///
    /// Down the chain goes the entry, and where it went before it was durable, a second message that says
    /// that it is; up comes the acknowledgement.
    public func messages(ofMember place: Int) -> (sent: Int, received: Int) {
        precondition(place >= 0 && place < replicas, "member \(place) of \(replicas)")
        let down = forwarding == .atOnce ? 2 : 1
        let (isHead, isTail) = (place == 0, place == replicas - 1)
        let answers = answering == .byTail ? isTail : isHead
        let sent = (isTail ? 0 : down) + (isHead ? 0 : 1) + (answers ? 1 : 0)
        let received = (isHead ? 1 : down) + (isTail ? 0 : 1)
        return (sent, received)
    }

    /// Writes a second that the busiest member has time for, where messages along the chain carry
    /// `batch` entries; requests and answers go one by one. Nil where messages cost nothing.
    public func throughput(batch: Double) -> Double? {
        precondition(batch >= 1, "a batch of \(batch)")
        let costs = (0..<replicas).map { place in
            let (isHead, isTail) = (place == 0, place == replicas - 1)
            let answers = answering == .byTail ? isTail : isHead
            let all = messages(ofMember: place)
            let single = (isHead ? receive.inSeconds : 0) + (answers ? send.inSeconds : 0)
            let sent = Double(all.sent - (answers ? 1 : 0)) * send.inSeconds
            let received = Double(all.received - (isHead ? 1 : 0)) * receive.inSeconds
            return single + (sent + received) / batch
        }
        guard let most = costs.max(), most > 0 else { return nil }
        return 1 / most
    }

    /// A model of a chain.
    public init(
        replicas: Int, delay: Span, sync: Span, receive: Span = .zero, send: Span = .zero,
        answering: ChainSettings.Answering = .byTail,
        forwarding: ChainSettings.Forwarding = .atOnce
    ) {
        precondition(replicas >= 1, "a chain of \(replicas)")
        self.replicas = replicas
        self.delay = delay
        self.sync = sync
        self.receive = receive
        self.send = send
        self.answering = answering
        self.forwarding = forwarding
    }
}
