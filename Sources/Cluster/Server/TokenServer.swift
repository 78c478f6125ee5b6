public import Randomness
public import ShenRing
public import StateMachines

/// What a member of a token ring is to be.
public struct TokenServerPlan: Sendable {
    /// How it takes part in its cluster.
    public var options: NodeOptions
    /// All members that found the ring, this one among them.
    public var members: [NodeID]
    /// The directory that it keeps its votes in; nil for one that forgets all when it ends, and must not
    /// come back in the same ring.
    public var directory: String?
    /// When its records count as stored.
    public var durability: JournalDurability
    /// For how long members keep off higher epochs for the sake of a holder: after so long without it others
    /// replace a token. The other times of the protocol follow from it.
    public var lease: Span
    /// From which it draws what chance decides; another one in each life.
    public var seed: Seed

    /// A member of these.
    public init(
        options: NodeOptions, members: [NodeID], directory: String?,
        durability: JournalDurability, lease: Span = .milliseconds(600), seed: Seed
    ) {
        self.options = options
        self.members = members
        self.directory = directory
        self.durability = durability
        self.lease = lease
        self.seed = seed
    }

    /// The proportions of the protocol's own settings.
    var settings: Cartouche.Settings {
        var settings = Cartouche.Settings()
        settings.ring = options.cluster.rawValue
        settings.lease = lease
        settings.hold = lease / 6
        settings.leastHold = lease / 30
        settings.patience = lease / 3
        settings.resend = lease / 60
        return settings
    }
}

/// Members of a token ring (``Cartouche``) between processes.
public enum TokenServer {
    /// Starts one, which founds the ring with the others, and waits until it has read its records and
    /// listens. In a later life, with its directory, it is a member already: the application hears that the
    /// founding is refused.
    ///
    /// - Throws: `NodeFailure` where it cannot begin: with `.machine` and what is wrong with the plan where
    ///   its settings cannot be run.
    public static func start<Application: NodeApplication & Sendable>(
        _ plan: TokenServerPlan, application: Application
    ) throws(NodeFailure) -> RunningNode<Cartouche> where Application.Machine == Cartouche {
        let (id, settings, seed) = (plan.options.id, plan.settings, plan.seed)
        let ring: Cartouche.Configuration
        do throws(CartoucheError) {
            try settings.validate()
            ring = try Cartouche.Configuration(founders: plan.members)
        } catch { throw .machine(error) }
        let node = try RunningNode(
            NodePlan<Cartouche>(
                options: plan.options,
                journal: plan.directory.map { JournalPlan(path: $0, durability: plan.durability) },
                seed: seed,
                make: { Cartouche(node: id, settings: settings, recovered: $0, seed: seed) }),
            application: application)
        node.ask(.found(ring))
        return node
    }
}
