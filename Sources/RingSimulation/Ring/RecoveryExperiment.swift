public import ShenRing
public import StateMachines

/// How long it takes until a ring that has lost or won members has all replicas where it wants them: the
/// part of recovery that detection and the rebuilding of the ring leave, and the longest.
///
/// Copies take their bytes over the slower of what a node sends and what one receives, divided among the
/// copies that it has under way; a schedule under limits decides which go on when. Keys are as many bytes
/// everywhere on the circle.
public struct RecoveryExperiment: Sendable {
    /// The members before.
    public var members: [RingMember]
    /// Points for each unit of weight.
    public var virtualNodes = AnkhRing.defaultVirtualNodes
    /// Copies of each key.
    public var replicationFactor = 3
    /// What each key's one copy amounts to over the whole circle, in bytes.
    public var bytes = 1e9
    /// Bytes a second that a node sends, and receives.
    public var bandwidth = 1e9
    /// What a copy takes besides, whatever its size.
    public var overhead = Span.microseconds(200)
    /// How many copies a node sends and receives at once.
    public var limits = MoveLimits(sending: 2, receiving: 2)
    /// What is larger is copied in pieces.
    public var mostShare = CircleShare(positions: 1 << 54)

    /// What came out.
    public struct Outcome: Hashable, Sendable {
        /// From the beginning of the first copy to the end of the last.
        public var time = Span.zero
        /// How many copies were made.
        public var copies = 0
        /// How much they were together: 1 is a copy of everything.
        public var copied = 0.0
        /// The most of that which one node sent.
        public var mostSent = 0.0
        /// The most of it which one node received.
        public var mostReceived = 0.0
        /// The least time that any order could take: the busiest node's bytes over its bandwidth.
        public var floor = Span.zero
        /// The part of the circle that nobody has any more.
        public var unrecoverable = 0.0
    }

    /// The ring of these members, of a billion bytes.
    public init(members: [RingMember]) { self.members = members }

    /// What it takes after these members crashed with all that they had.
    ///
    /// - Throws: what makes no ring of those that are left.
    public func losing(_ names: [NodeName]) throws(RingError) -> Outcome {
        let old = try AnkhRing(members: members, virtualNodes: virtualNodes)
        let new = try old.removing(contentsOf: names)
        var holdings = Holdings(of: old, replicationFactor: replicationFactor)
        for name in names { holdings[name] = ArcSet() }
        let plan = MovePlan(
            from: holdings, to: new, replicationFactor: replicationFactor, mostShare: mostShare)
        var outcome = carryOut(plan)
        outcome.unrecoverable = holdings.uncovered.share.fraction
        return outcome
    }

    /// What it takes when these members join.
    ///
    /// - Throws: what makes no ring of all of them.
    public func joining(_ joining: [RingMember]) throws(RingError) -> Outcome {
        let old = try AnkhRing(members: members, virtualNodes: virtualNodes)
        let new = try old.adding(contentsOf: joining)
        return carryOut(
            MovePlan(
                from: old, to: new, replicationFactor: replicationFactor, mostShare: mostShare))
    }

    private func carryOut(_ plan: MovePlan) -> Outcome {
        var outcome = Outcome()
        var schedule = MoveSchedule(plan, limits: limits)
        _ = schedule.begin()
        var (sent, received): ([NodeName: Double], [NodeName: Double]) = ([:], [:])
        // Ends of copies that are under way, the next last.
        var ends: [(at: Span, number: Int)] = []
        var now = Span.zero
        while true {
            for copy in schedule.next() {
                let share = copy.arc.share.fraction
                outcome.copies += 1
                outcome.copied += share
                sent[copy.source, default: 0] += share
                received[copy.target, default: 0] += share
                let end = now + duration(of: share)
                let place = ends.firstIndex { ($0.at, $0.number) < (end, copy.number) }
                ends.insert((end, copy.number), at: place ?? ends.count)
            }
            guard let next = ends.popLast() else { break }
            now = next.at
            _ = schedule.finished(next.number)
        }
        outcome.time = now
        outcome.mostSent = sent.values.max() ?? 0
        outcome.mostReceived = received.values.max() ?? 0
        outcome.floor = Span(
            seconds: max(outcome.mostSent, outcome.mostReceived) * bytes / bandwidth)
        return outcome
    }

    /// What a copy takes: each of those that a node may have under way gets its part of the bandwidth,
    /// whether or not the others are there.
    private func duration(of share: Double) -> Span {
        let part = Double(max(limits.sending, limits.receiving))
        return overhead + Span(seconds: share * bytes * part / bandwidth)
    }
}
