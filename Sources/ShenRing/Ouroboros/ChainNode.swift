public import Randomness
public import StateMachines

/// A node of a chain: a replica, a warden, or both.
///
/// **Replicas** stand in a chain, head to tail. Writes enter at the head, which gives each its place in the
/// log, and go from node to node; the tail commits them, and what is committed is acknowledged back along
/// the chain. Reads are answered where everything read is known to be committed. This is chain
/// replication (van Renesse and Schneider, "Chain replication for supporting high throughput and
/// availability", OSDI 2004) with apportioned reads (Terrace and Freedman, "Object storage on CRAQ",
/// USENIX ATC 2009).
///
/// **Wardens** are the papers' master, or coordination service: they watch the replicas and decide, by
/// majority, which configuration an epoch has.
///
/// What forwarding promises: nothing but the order. A node may forward what its disk does not have yet;
/// with each message goes how far the head and all nodes up to the sender have the log *durable*, and the
/// tail commits what it and all before it have durable. So a write is committed when every member has it
/// on its disk, and survives as long as one member's disk does.
///
/// Deviations from the papers:
/// - The papers' servers are fail-stop. Here they crash, come back with or without what they wrote, freeze
///   and are cut off. A node that restarts does not go on in the epoch that it was in: it might number
///   entries again that its crash took. It asks for a new epoch; where all members restarted, that has
///   the same members.
/// - At the beginning of an epoch each node compares its log with that of its predecessor, and drops what
///   goes beyond what they share. In the papers a log never has to shrink, because a server that failed
///   never comes back.
/// - Reads need a lease: a configuration without a member is decided only when the lease of the member has
///   ended at a majority of the wardens, by clocks of bounded drift. The papers assume that a server that
///   was removed knows.
/// - CRAQ keeps versions of each object and asks the tail for the version of one. Here what is committed
///   is a prefix of one log, so the tail is asked how far that reaches, once for all reads that wait, and
///   the versions beyond it are the log's own entries.
public struct ChainNode: StateMachine {
    /// What replicas, wardens and clients say to each other.
    public typealias Message = ChainMessage
    /// What outlives a crash.
    public typealias Record = ChainRecord

    /// What the application on a node asks for.
    public enum Request: Hashable, Sendable {
        /// A request of a client on this node, which is answered by a message to the client.
        case client(ClientRequest)
    }

    /// What the application on a node is told.
    public enum Event: Hashable, Sendable {
        /// The replica takes part in a configuration now.
        case entered(ChainConfiguration)
        /// The replica is no longer in the chain.
        case left(epoch: UInt64)
        /// The replica has committed entries: from the first place, through the second.
        case committed(from: UInt64, through: UInt64)
        /// The replica's state stands for what was committed so far: once the records of this step are durable,
        /// no later life of the node has those entries.
        case compacted(through: UInt64)
        /// The joiner was given a state in place of entries.
        case installed(through: UInt64)
        /// A warden knows a configuration to be decided.
        case decided(ChainConfiguration)
    }

    /// Which node this is.
    public let id: NodeID
    /// Its part as a replica; nil where it is none.
    public internal(set) var replica: ChainReplica?
    /// Its part as a warden; nil where it is none.
    public internal(set) var warden: ChainWarden?
    /// Messages that it ignored.
    public private(set) var ignored = Ignored()

    private let settings: ChainSettings
    /// Whether the replica has absorbed a message and is to settle.
    private var isUnsettled = false

    /// A node at the beginning of a life.
    ///
    /// - Parameters:
    ///   - recovered: what it stored in earlier lives, in order. A warden's must never be lost: one whose
    ///     disk is gone must come back under another number.
    ///   - seed: the node's and the life's own.
    /// - Throws: `ChainError` where the settings cannot be run.
    public init(
        id: NodeID, settings: ChainSettings, recovered: [ChainRecord], seed: Seed
    ) throws(ChainError) {
        try settings.validate()
        self.id = id
        self.settings = settings
        if settings.replicas.contains(id) {
            let own = seed.derived(for: "replica").generator()
            replica = ChainReplica(id, settings, ReplicaMemory(recovered), own)
        }
        if settings.wardens.contains(id) {
            let own = seed.derived(for: "warden").generator()
            warden = ChainWarden(id, settings, WardenMemory(recovered), own)
        }
    }

    /// Begins a life of the node.
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        beginStep()
        replica?.start(at: now, into: &effects)
        warden?.start(at: now)
    }

    /// Takes a message, or counts it as ignored where it is not for this node.
    public mutating func receive(
        _ message: ChainMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        beginStep()
        take(message, from: sender, at: now, into: &effects)
        settleTaken(at: now, into: &effects)
    }

    /// Has requests that came together passed on, and stored, together; and what they had committed
    /// acknowledged at once.
    public mutating func settle(at now: Moment, into effects: inout Effects<Self>) {
        beginStep()
        settleTaken(at: now, into: &effects)
    }

    private mutating func settleTaken(at now: Moment, into effects: inout Effects<Self>) {
        guard isUnsettled else { return }
        isUnsettled = false
        replica?.settle(at: now, into: &effects)
    }

    /// Takes a message, or counts it as ignored where it is not for this node; what it leads to waits.
    public mutating func absorb(
        _ message: ChainMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        beginStep()
        take(message, from: sender, at: now, into: &effects)
    }

    /// What is committed from now on is looked for in the log when this step is over.
    private mutating func beginStep() { replica?.firstCommitted = nil }

    private mutating func take(
        _ message: ChainMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard message.cluster == settings.cluster else { return ignored.foreign += 1 }
        guard message.version == ChainMessage.currentVersion else { return ignored.versions += 1 }
        // Entries alone wait. A read must see what those before it had committed: a tail that took up
        // with its predecessor may have to commit what an earlier one has told clients of.
        if !message.body.isEntries, !settings.has(.readsUnsettled) {
            settleTaken(at: now, into: &effects)
        }
        switch message.body {
        case .heartbeat, .ballot:
            guard warden != nil else { return ignored.misdirected += 1 }
            warden?.receive(message.body, from: sender, at: now, &ignored, &effects)
        case .configuration(let configuration):
            guard isKnown(sender) else { return ignored.unknown += 1 }
            warden?.learn(configuration, into: &effects)
            replica?.learn(configuration, at: now, into: &effects)
        case .answer:
            ignored.misdirected += 1
        default:
            guard replica != nil else { return ignored.misdirected += 1 }
            isUnsettled = true
            replica?.absorb(message.body, from: sender, at: now, &ignored, &effects)
        }
    }

    private func isKnown(_ sender: NodeID) -> Bool {
        settings.wardens.contains(sender) || settings.replicas.contains(sender)
    }

    /// Whether its replica keeps all entries that it has, however many there are.
    public var keepsEntries: Bool {
        get { replica?.keepsEntries ?? false }
        set { replica?.keepsEntries = newValue }
    }

    /// Takes a request of this node's own application.
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        beginStep()
        switch request {
        case .client(let request):
            guard replica != nil else { return ignored.misdirected += 1 }
            replica?.absorb(.request(request), from: id, at: now, &ignored, &effects)
            replica?.settle(at: now, into: &effects)
        }
    }

    /// Does what is due.
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        beginStep()
        replica?.wake(at: now, into: &effects)
        warden?.wake(at: now, into: &effects)
    }

    /// Hears how far its records are durable.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        beginStep()
        replica?.stored(through: position, at: now, into: &effects)
        warden?.stored(through: position, at: now, into: &effects)
    }

    /// When something is due.
    public var deadline: Moment? {
        guard let own = replica?.deadline else { return warden?.deadline }
        guard let other = warden?.deadline else { return own }
        return min(own, other)
    }
}
