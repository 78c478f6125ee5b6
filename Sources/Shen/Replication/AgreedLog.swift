public import ShenRing
public import StateMachines

/// A request that replicas have agreed on, at its place.
public struct AgreedEntry: Hashable, Sendable {
    /// Its place in the log that is agreed on, from 1.
    public let place: UInt64
    /// The request; nil where the place holds something of the protocol's own.
    public let request: ClientRequest?

    /// What stands at a place.
    public init(place: UInt64, _ request: ClientRequest?) {
        self.place = place
        self.request = request
    }
}

/// A replication protocol, as a partition's log needs it: clients put requests in, and every replica tells
/// the same ones in the same order.
public protocol AgreedLog: StateMachine where Message: ClientMessaging {
    /// The entries that an event of this machine's last step says are agreed on, in order. Places follow each
    /// other but for those that a snapshot stands for; a machine that restarts may tell entries again.
    func agreed(in event: Event) -> [AgreedEntry]

    /// The entry at a place that this machine knows to be agreed on and still has, told or not; nil for others.
    /// Whoever recovers how far the log was agreed on need not tell those entries again.
    func agreed(at place: UInt64) -> AgreedEntry?

    /// The place up to which this machine was given a state instead of entries, where the event says so.
    func skipped(in event: Event) -> UInt64?

    /// The place up to which a state stands for entries from now on, where the event says so: once the records of
    /// its step are durable, no later life has them.
    func dropped(in event: Event) -> UInt64?

    /// Who takes writes from now on, where the event says so.
    func writesGo(by event: Event) -> NodeID?

    /// The place up to which it has no entries.
    var base: UInt64 { get }

    /// Whether it keeps all entries that it has, unless it is asked to drop them.
    var keepsEntries: Bool { get set }
}

extension QuorumNode: AgreedLog {
    /// The committed entry.
    public func agreed(in event: QuorumEvent) -> [AgreedEntry] {
        guard case .committed(let index, let entry) = event else { return [] }
        if case .request(let request) = entry.payload {
            return [AgreedEntry(place: index, request)]
        }
        return [AgreedEntry(place: index, nil)]
    }

    /// None: a node that restarts commits again, and tells, all that came after its last snapshot.
    public func agreed(at place: UInt64) -> AgreedEntry? { nil }

    /// The last place of a snapshot that was installed.
    public func skipped(in event: QuorumEvent) -> UInt64? {
        guard case .installed(let snapshot) = event else { return nil }
        return snapshot.index
    }

    /// The leader.
    public func writesGo(by event: QuorumEvent) -> NodeID? {
        guard case .role(_, _, let leader) = event else { return nil }
        return leader
    }

    /// The last place of a snapshot that was made.
    public func dropped(in event: QuorumEvent) -> UInt64? {
        guard case .compacted(let place) = event else { return nil }
        return place
    }
}

extension ChainNode: AgreedLog {
    /// The committed entries that the replica still has.
    public func agreed(in event: ChainNode.Event) -> [AgreedEntry] {
        guard case .committed(let first, let last) = event, let log = replica?.log else {
            return []
        }
        let kept = max(first, log.base + 1)
        guard kept <= last else { return [] }
        return (kept...last).map { AgreedEntry(place: $0, log[$0].request) }
    }

    /// What is in the replica's log and committed, as it may be since an earlier life.
    public func agreed(at place: UInt64) -> AgreedEntry? {
        guard let replica, place > replica.log.base, place <= replica.committed else { return nil }
        return AgreedEntry(place: place, replica.log[place].request)
    }

    /// The last place of a state that the joiner was given.
    public func skipped(in event: ChainNode.Event) -> UInt64? {
        guard case .installed(let place) = event else { return nil }
        return place
    }

    /// The head of the configuration.
    public func writesGo(by event: ChainNode.Event) -> NodeID? {
        guard case .entered(let configuration) = event else { return nil }
        return configuration.head?.node
    }

    /// The last place of a state that was recorded.
    public func dropped(in event: ChainNode.Event) -> UInt64? {
        guard case .compacted(let place) = event else { return nil }
        return place
    }

    /// The base of the replica's log.
    public var base: UInt64 { replica?.log.base ?? 0 }
}
