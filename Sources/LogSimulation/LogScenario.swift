public import Randomness
public import RingSimulation
public import Shen
import ShenRing
import StateMachines

/// Shen's log over a replication protocol, under load, crashes of whole machines and partitions.
///
/// Three nodes hold replicas of one log, each in segment files on a simulated disk of its own, agreed on by
/// a quorum or by a chain: the seed decides. Batches are appended at all of them. Machines lose their power,
/// and of what was not synced a part that is drawn sector by sector; nodes are cut off; quorums drop what was
/// agreed on, so that replicas which were away are given a state and copy the records. Then all is well
/// again. Operations are appends that were answered.
///
/// Checked: every replica stores the same records at the same offsets; an append that was answered is there,
/// once, where the answer says; at the end all replicas have all of it, and nothing waits.
public enum LogScenario: Scenario {
    /// What it is called.
    public static let name = "log"
    /// The mistakes that can be planted in a replicated log.
    public typealias Mistake = PartitionMistake

    private static let cluster = ClusterID(77)
    static let nodes = (0..<3).map(NodeID.init(place:))

    /// Runs the log that a seed makes, with a mistake or without.
    public static func run(seed: Seed, planted: PartitionMistake?) -> ScenarioReport {
        var draws = seed.derived(for: "shape").generator()
        if draws.next(below: 2) == 0 {
            var world = quorum(seed, planting: planted)
            return world.run()
        }
        var world = chain(seed, planting: planted)
        return world.run()
    }

    /// A log over a quorum.
    static func quorum(
        _ seed: Seed, planting mistake: PartitionMistake? = nil
    ) -> PartitionWorld<QuorumNode> {
        var quorum = QuorumSettings(cluster: cluster)
        quorum.electionTimeout = .milliseconds(60)
        quorum.heartbeat = .milliseconds(12)
        // Compacts often enough that a replica which was away is given a snapshot: by itself, or when it is asked.
        var draws = seed.derived(for: "compaction").generator()
        let isAsked = draws.next(below: 2) == 0
        if !isAsked { quorum.compaction = compaction }
        return PartitionWorld(
            seed: seed, settings: settings(mistake),
            compaction: isAsked ? { .compact(through: $0, application: []) } : nil
        ) { [quorum] id, recovered, seed in
            do throws(QuorumError) {
                return try QuorumNode(
                    id, settings: quorum, origin: .founding(nodes), recovered: recovered,
                    seed: seed)
            } catch { preconditionFailure("\(error)") }
        }
    }

    /// A log over a chain.
    static func chain(
        _ seed: Seed, planting mistake: PartitionMistake? = nil
    ) -> PartitionWorld<ChainNode> {
        var chain = ChainSettings(cluster: cluster, wardens: nodes, replicas: nodes, size: 3)
        chain.compaction = compaction
        return PartitionWorld(seed: seed, settings: settings(mistake)) {
            [chain] id, recovered, seed in
            do throws(ChainError) {
                return try ChainNode(id: id, settings: chain, recovered: recovered, seed: seed)
            } catch { preconditionFailure("\(error)") }
        }
    }

    /// So often that who was away for a little has missed what nobody has any more.
    private static let compaction = CompactionRule(entries: 30, keeping: 5)

    private static func settings(_ mistake: PartitionMistake?) -> PartitionSettings {
        var settings = PartitionSettings(cluster: cluster, key: 5, replicas: nodes)
        settings.retry = .milliseconds(40)
        settings.planted = Planted(mistake)
        return settings
    }
}
