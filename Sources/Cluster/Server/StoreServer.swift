public import Network
public import Randomness
package import ShenRing
public import StateMachines

/// How the servers of a store agree.
public enum Replication: String, Hashable, Sendable, CaseIterable {
    /// By majorities, led by one of them.
    case quorum
    /// Along a chain, which the same servers arrange by majorities.
    case chain
}

/// What a server of a replicated store is to be.
public struct StoreServerPlan: Sendable {
    /// How it takes part in its cluster.
    public var options: NodeOptions
    /// How the servers agree; the same at all of them.
    public var replication: Replication
    /// All servers that found the cluster, this one among them, in an order that is the same at
    /// all.
    public var servers: [NodeID]
    /// Servers that found nothing, and join once they are started: `servers` let them in, and from then on
    /// they have a copy like the others. The same at all.
    public var joiners: [NodeID] = []
    /// The directory that it keeps its records in; nil for one that forgets all when it ends, and
    /// must not come back in the same cluster.
    public var directory: String?
    /// When its records count as stored.
    public var durability: JournalDurability
    /// After how long a silence others take over from it. The times of the protocol follow from it.
    public var failureTimeout: Span
    /// From which it draws what chance decides; another one in each life.
    public var seed: Seed
    /// When its state stands for the beginning of its log, under either protocol: seldom enough that writing the
    /// state costs little beside writing entries.
    package var compaction = CompactionRule(entries: 100_000, keeping: 10_000, bytes: 64 << 20)

    /// A server of these.
    public init(
        options: NodeOptions, replication: Replication, servers: [NodeID], directory: String?,
        durability: JournalDurability, failureTimeout: Span = .milliseconds(500), seed: Seed
    ) {
        self.options = options
        self.replication = replication
        self.servers = servers
        self.directory = directory
        self.durability = durability
        self.failureTimeout = failureTimeout
        self.seed = seed
    }

    /// Writes that a server takes before they are agreed on: clients with more are told to wait. What a client has
    /// under way and what was answered by another server and has not come to this one count both.
    private static let window = 8_192

    /// A majority that elects its leader within twice the failure timeout.
    var quorum: QuorumSettings {
        var settings = QuorumSettings(cluster: options.cluster)
        settings.electionTimeout = failureTimeout
        settings.heartbeat = failureTimeout / 10
        settings.compaction = compaction
        (settings.admitted, settings.contacts) = (joiners, servers + joiners)
        return settings
    }

    /// A chain of all servers, with the founders as its wardens.
    var chain: ChainSettings {
        let all = servers + joiners
        var settings = ChainSettings(
            cluster: options.cluster, wardens: servers, replicas: all, size: all.count,
            reading: .anywhere)
        settings.founders = servers.count
        settings.suspicion = failureTimeout
        settings.lease = failureTimeout / 2
        settings.heartbeat = failureTimeout / 10
        settings.resend = failureTimeout / 5
        settings.stall = failureTimeout
        settings.compaction = compaction
        settings.window = Self.window
        return settings
    }
}

/// A server that runs, whichever protocol it speaks.
public protocol RunningServer: Sendable {
    /// Where it listens; nil where nowhere.
    var address: Address? { get }
    /// What it last said of itself.
    var statistics: NodeStatistics { get }
    /// Has it call a node at this address from now on.
    func introduce(_ node: NodeID, at address: Address)
    /// Has it end: in order, or as if it were killed.
    func stop(abruptly isAbrupt: Bool)
    /// Waits until it has ended; throws where it ended by itself.
    func wait() throws(NodeFailure)
}

extension RunningNode: RunningServer {}

/// Servers of a replicated store, by name of their protocol.
public enum StoreServer {
    /// Starts one, and waits until it has read its journal and listens.
    ///
    /// - Parameter postChanged: called on the node's loop, which it must not hold up, whenever the
    ///   server does something else than before, or by another decision.
    ///
    /// - Throws: `NodeFailure` where it cannot begin: with `.machine` and what is wrong with the
    ///   plan where its settings cannot be run.
    public static func start(
        _ plan: StoreServerPlan, postChanged: @escaping @Sendable (ServerPost) -> Void = { _ in }
    ) throws(NodeFailure) -> any RunningServer {
        switch plan.replication {
        case .quorum:
            try RunningNode(
                quorum(plan),
                application: PostWatch(
                    reader: QuorumPosts(id: plan.options.id), changed: postChanged))
        case .chain:
            try RunningNode(
                chain(plan),
                application: PostWatch(
                    reader: ChainPosts(id: plan.options.id), changed: postChanged))
        }
    }

    /// A node that speaks for a quorum.
    static func quorum(_ plan: StoreServerPlan) -> NodePlan<QuorumNode> {
        let (id, settings, seed) = (plan.options.id, plan.quorum, plan.seed)
        // Its first disk. Like a founder, one that has lost it must not come back as if it had not.
        let origin: QuorumOrigin =
            plan.joiners.contains(id) ? .joining(incarnation: 1) : .founding(plan.servers)
        return NodePlan(
            options: plan.options,
            journal: journal(plan) { records in
                // What it was recovered from and has stored since is sound; were it not, the
                // journal would only not get shorter.
                (try? QuorumNode.compacted(records)) ?? records
            },
            seed: seed,
            make: { recovered in
                try QuorumNode(
                    id, settings: settings, origin: origin, recovered: recovered, seed: seed)
            })
    }

    /// A node that speaks for a chain.
    static func chain(_ plan: StoreServerPlan) -> NodePlan<ChainNode> {
        let (id, settings, seed) = (plan.options.id, plan.chain, plan.seed)
        return NodePlan(
            options: plan.options, journal: journal(plan) { ChainRecord.compact($0) }, seed: seed,
            make: { try ChainNode(id: id, settings: settings, recovered: $0, seed: seed) })
    }

    private static func journal<Record: WireCodable>(
        _ plan: StoreServerPlan, compact: @escaping @Sendable ([Record]) -> [Record]
    ) -> JournalPlan<Record>? {
        plan.directory.map {
            JournalPlan(
                path: $0, durability: plan.durability,
                compaction: JournalCompaction(compact: compact))
        }
    }
}
