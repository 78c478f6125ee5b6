public import StateMachines

/// What arithmetic says of a quorum whose delays do not vary: to be held against the simulation.
///
/// A write goes from the client to the leader, on to the followers, whose disks sync, back to the
/// leader and back to the client. The leader's own sync runs meanwhile. So a client waits for two
/// round trips and a sync, whatever the number of replicas, as long as nobody is busy.
public struct QuorumModel: Hashable, Sendable {
    /// How many voters there are, 1 at least.
    public var replicas: Int
    /// What a message takes one way.
    public var delay: Span
    /// What a sync takes.
    public var sync: Span
    /// What a message costs its receiver and its sender.
    public var receive: Span, send: Span

    /// A quorum of these.
    public init(
        replicas: Int, delay: Span, sync: Span, receive: Span = .zero, send: Span = .zero
    ) {
        precondition(replicas >= 1, "a quorum of \(replicas)")
        (self.replicas, self.delay, self.sync) = (replicas, delay, sync)
        (self.receive, self.send) = (receive, send)
    }

    /// How many followers a majority needs beside the leader.
    private var needed: Int64 { Int64(replicas / 2) }

    /// What a client waits for a write when nothing else is under way.
    ///
    /// Costs: each of the four messages is sent and received once; the leader sends to the
    /// followers one after the other, and takes as many answers as a majority needs one after the
    /// other. Where sending takes longer than receiving, the answers are as far apart as the
    /// messages were.
    public var writeLatency: Span {
        guard replicas > 1 else { return delay * 2 + sync + (receive + send) * 2 }
        let spread = max(send, receive) * (needed - 1)
        return delay * 4 + sync + (receive + send) * 4 + spread
    }

    /// What replication alone takes at the leader: a round trip and a sync.
    public var replicationLatency: Span {
        replicas > 1 ? delay * 2 + sync : sync
    }

    /// What a client waits for a read: at a leader with a lease one round trip, at one that asks a
    /// majority two, at a follower that asks such a leader three. Without costs.
    public func readLatency(_ reads: QuorumExperiment.Reads) -> Span {
        switch reads {
        case .lease: delay * 2
        case .leader: replicas > 1 ? delay * 4 : delay * 2
        case .follower: delay * 6
        }
    }

    /// The most writes a second: the leader takes a request and answers it, and sends and hears
    /// each follower for it, once for all entries of a message. Infinite where nothing costs
    /// anything.
    ///
    /// - Parameters:
    ///   - batch: entries in a message.
    ///   - acknowledged: entries that an answer covers, which are those of a sync: no fewer than
    ///     `batch`.
    public func throughputBound(batch: Double, acknowledged: Double) -> Double {
        let followers = Double(replicas - 1)
        let (receive, send) = (receive.inSeconds, send.inSeconds)
        return 1 / (receive + send + followers * (send / batch + receive / acknowledged))
    }

    /// How long a leader's death leaves writes unserved, on average, at clients that try again
    /// every moment: from the last heartbeat, on average half an interval ago, until the first of
    /// the followers runs out of patience (the least of n draws between T and 2T is T + T/(n + 1)
    /// on average), and then a pre-vote, a vote with the candidate's sync and the voter's, and a
    /// first entry with its sync; and the write itself. Two candidates at once, who split the vote,
    /// are left out: it is a lower bound.
    public func meanOutage(electionTimeout: Span, heartbeat: Span) -> Span {
        let followers = Int64(max(1, replicas - 1))
        let patience = electionTimeout + electionTimeout / (followers + 1) - heartbeat / 2
        let election = delay * 4 + sync * 2
        return patience + election + replicationLatency * 2 + delay * 2
    }
}
