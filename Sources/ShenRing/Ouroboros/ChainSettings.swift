public import StateMachines

/// How a chain is set up; the same for all its nodes.
public struct ChainSettings: Sendable {
    /// Who tells a client that its write is committed.
    public enum Answering: Hashable, Sendable, CaseIterable {
        /// The tail, as soon as it commits it (van Renesse and Schneider 2004, §3): replicas + 1 one-way
        /// delays.
        case byTail
        /// The head, when the acknowledgement has come back along the chain: 2·replicas one-way delays.
        case throughHead
    }

    /// Who answers reads.
    public enum Reading: Hashable, Sendable, CaseIterable {
        /// The tail alone (van Renesse and Schneider 2004, §3).
        case atTail
        /// Any member: at once for a clean key, after a query to the tail for a dirty one (Terrace and
        /// Freedman 2009, §2.3).
        case anywhere
    }

    /// When a node passes an entry on.
    public enum Forwarding: Hashable, Sendable, CaseIterable {
        /// While its own disk is still at it: the nodes' syncs overlap, and a second message a hop says
        /// when they are done (under load the next entries carry it).
        case atOnce
        /// After its own disk has it: one message a hop, and the syncs add up.
        case whenDurable
    }

    /// Whose messages these nodes listen to.
    public var cluster: ClusterID
    /// The nodes that decide configurations, by majority.
    public var wardens: [NodeID]
    /// The nodes that can be in the chain. The first `founders` of them found it.
    public var replicas: [NodeID]
    /// How many replicas found the chain; nil for `size` of them. With fewer, others become joiners, one after
    /// the other, when they come.
    public var founders: Int?
    /// How many members the wardens try to have.
    public var size: Int
    /// Who answers writes.
    public var answering: Answering
    /// Who answers reads.
    public var reading: Reading
    /// When entries are passed on.
    public var forwarding: Forwarding

    /// Entries in a message, at most.
    public var batch: Int = 64
    /// The most bytes of entries in a message; one entry goes at any size. Well below what the network
    /// takes as one message: a batch that is too long for it would be asked for, and be too long, again.
    public var batchBytes: Int = 1 << 20
    /// How long entries may wait for others to be forwarded with; the first after a rest never waits.
    public var batchDelay: Span = .zero
    /// Entries that may be uncommitted at the head, and reads that may wait at a node; clients are told
    /// `.overloaded` beyond.
    public var window: Int = 1_024
    /// The most bytes of uncommitted entries, but for the last one.
    public var windowBytes: Int = 64 << 20
    /// Bytes of a state in a message, at most.
    public var imagePartBytes: Int = 256 << 10
    /// The largest state that a joiner takes, in bytes.
    public var imageBytes: Int = 1 << 30
    /// Entries on their way to a joiner, at most.
    public var catchUpWindow: Int = 512
    /// When committed entries are dropped, and how many a node keeps, so that who comes back needs no
    /// snapshot.
    public var compaction = CompactionRule(entries: 4_096, keeping: 4_096)

    /// Between two heartbeats of a replica.
    public var heartbeat: Span = .milliseconds(20)
    /// How long a heartbeat is good for as a lease.
    public var lease: Span = .milliseconds(100)
    /// The most by which a clock's rate differs from that of true time, as a share: 1e-4 is 100 ppm.
    public var drift: Double = 1e-3
    /// Silence after which the wardens take a replica for dead.
    public var suspicion: Span = .milliseconds(100)
    /// After how long without an answer a message along the chain is repeated.
    public var resend: Span = .milliseconds(20)
    /// After how long without an answer a neighbour is reported to the wardens, and after how long
    /// without a sync a member no longer asks for its place.
    public var stall: Span = .milliseconds(200)
    /// Between two attempts of a warden to have a configuration decided.
    public var retry: Span = .milliseconds(10)

    /// The defect that these nodes have, in tests of the tests.
    package var planted = Planted<OuroborosMistake>()

    /// A chain founded by the first `size` replicas, with the others as spares.
    public init(
        cluster: ClusterID, wardens: [NodeID], replicas: [NodeID], size: Int,
        answering: Answering = .byTail, reading: Reading = .atTail,
        forwarding: Forwarding = .atOnce
    ) {
        self.cluster = cluster
        self.wardens = wardens
        self.replicas = replicas
        self.size = size
        self.answering = answering
        self.reading = reading
        self.forwarding = forwarding
    }

    /// How many wardens a majority is.
    public var majority: Int { wardens.count / 2 + 1 }

    /// Refuses what cannot be run.
    public func validate() throws(ChainError) {
        if wardens.isEmpty { throw .noWardens }
        if replicas.isEmpty || size < 1 { throw .noReplicas }
        if size > replicas.count { throw .tooFewReplicas(wanted: size, given: replicas.count) }
        if let founders, !(1...size).contains(founders) {
            throw .foundersOutOfRange(founders, size: size)
        }
        if Set(wardens).count < wardens.count || Set(replicas).count < replicas.count {
            throw .repeatedNode
        }
        for (name, count) in [
            ("batch", batch), ("batch bytes", batchBytes), ("window", window),
            ("window bytes", windowBytes), ("image part bytes", imagePartBytes),
            ("image bytes", imageBytes),
            ("catch-up window", catchUpWindow),
            ("compaction entries", compaction.entries), ("compaction bytes", compaction.bytes),
            ("retained entries", compaction.keeping),
        ] where count < 1 {
            throw .tooSmall(name)
        }
        for (name, span) in [("heartbeat", heartbeat), ("resend", resend), ("retry", retry)]
        where span <= .zero {
            throw .tooSmall(name)
        }
        if lease <= heartbeat { throw .shorterThanHeartbeat("lease") }
        if suspicion <= heartbeat { throw .shorterThanHeartbeat("suspicion") }
        if stall <= resend { throw .tooSmall("stall") }
        if !(drift >= 0 && drift < 1) { throw .driftOutOfRange(drift) }
    }

    /// Whether a defect was planted.
    @inline(__always)
    func has(_ mistake: OuroborosMistake) -> Bool {
        planted.has(mistake)
    }

    /// How long a member may count on a lease, by its own clock: however fast true time passes beside
    /// it, no more than `lease` of it.
    var leaseHeld: Span { has(.leaseIgnoresDrift) ? lease : lease.scaled(by: 1 - drift) }

    /// How long a warden waits for a lease to end, by its own clock: at least `lease` of true time.
    var leaseWaited: Span { has(.leaseIgnoresDrift) ? lease : lease.scaled(by: 1 + drift) }
}

/// Why a chain cannot be set up as asked.
public enum ChainError: Error, Hashable, CustomStringConvertible {
    case noWardens
    case noReplicas
    case tooFewReplicas(wanted: Int, given: Int)
    case foundersOutOfRange(Int, size: Int)
    case repeatedNode
    case tooSmall(String)
    case shorterThanHeartbeat(String)
    case driftOutOfRange(Double)

    /// One line.
    public var description: String {
        switch self {
        case .noWardens: "a chain needs a warden to decide its configurations"
        case .noReplicas: "a chain needs a replica"
        case .tooFewReplicas(let wanted, let given):
            "a chain of \(wanted) cannot be made of \(given) replicas"
        case .foundersOutOfRange(let founders, let size):
            "\(founders) founders of a chain of \(size), expected 1 to \(size)"
        case .repeatedNode: "a node stands twice among the wardens or the replicas"
        case .tooSmall(let name): "\(name) is too small"
        case .shorterThanHeartbeat(let name): "\(name) must be longer than a heartbeat's period"
        case .driftOutOfRange(let drift): "a drift of \(drift) is not in 0..<1"
        }
    }
}
