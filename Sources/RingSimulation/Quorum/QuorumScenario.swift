public import Randomness
public import ShenRing

/// A quorum of three or five founders with spares, and clients that read, write and compare, while
/// nodes crash, freeze and are cut off, disks fail, clocks are off, leaders are moved and killed,
/// members change and snapshots are made all the time; then the faults end.
///
/// Checked: that the clients' history is that of one register for each key, so that no read is
/// stale and nothing acknowledged is lost or done twice; the rules of the Raft paper's figure 3
/// (one leader a term, logs that agree, leaders that have all that is committed, states that are
/// equal); that nodes only go forward; and that after the faults everybody is served and all logs
/// become alike.
public enum QuorumScenario: Scenario {
    /// What it is called.
    public static let name = "quorum"
    /// The mistakes that can be planted.
    public typealias Mistake = QuorumMistake

    /// Runs it; without `PLANTED_DEFECTS` nothing is planted.
    public static func run(seed: Seed, planted: QuorumMistake?) -> ScenarioReport {
        var world = QuorumWorld(seed: seed, planted: planted)
        return world.run()
    }
}
