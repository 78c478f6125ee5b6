public import Randomness
public import ShenRing
public import StateMachines

/// What a member of a gossiping cluster is to be.
public struct GossipServerPlan: Sendable {
    /// How it takes part in its cluster. Its number is below ``members``.
    public var options: NodeOptions
    /// How many members there are, with the numbers from 0 on.
    public var members: Int
    /// The directory that it keeps its incarnation in; nil for one that learns from others what it went by.
    public var directory: String?
    /// When its records count as stored.
    public var durability: JournalDurability
    /// Between two probes, half of which an answer may take. The other times of the protocol follow from it.
    public var period: Span
    /// From which it draws what chance decides; another one in each life.
    public var seed: Seed

    /// A member of these.
    public init(
        options: NodeOptions, members: Int, directory: String?, durability: JournalDurability,
        period: Span = .seconds(1), seed: Seed
    ) {
        self.options = options
        self.members = members
        self.directory = directory
        self.durability = durability
        self.period = period
        self.seed = seed
    }

    var settings: SundialSettings {
        var settings = SundialSettings()
        settings.cluster = UInt32(truncatingIfNeeded: options.cluster.rawValue)
        (settings.members, settings.capacity) = (members, members)
        settings.period = period
        settings.detection = .probes(ProbeSettings(timeout: period / 2))
        settings.isDurable = directory != nil
        return settings
    }
}

/// Members that watch each other by gossip (``Sundial``) between processes.
public enum GossipServer {
    /// Starts one, and waits until it has read its records and listens.
    ///
    /// - Throws: `NodeFailure` where it cannot begin: with `.machine` and what is wrong with the plan where
    ///   its settings cannot be run.
    public static func start<Application: NodeApplication & Sendable>(
        _ plan: GossipServerPlan, application: Application
    ) throws(NodeFailure) -> RunningNode<Sundial> where Application.Machine == Sundial {
        let (id, settings, seed) = (plan.options.id, plan.settings, plan.seed)
        do throws(SundialError) {
            try settings.check()
        } catch { throw .machine(error) }
        guard id.place < plan.members else {
            throw .machine(
                SundialError(
                    setting: "the number of the node", found: "\(id.place)",
                    expected: "one below \(plan.members)"))
        }
        return try RunningNode(
            NodePlan<Sundial>(
                options: plan.options,
                journal: plan.directory.map { JournalPlan(path: $0, durability: plan.durability) },
                seed: seed,
                make: { Sundial(id, settings: settings, recovered: $0, seed: seed) }),
            application: application)
    }
}
