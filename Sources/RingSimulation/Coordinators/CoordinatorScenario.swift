public import Randomness
public import ShenRing
import Simulation
import StateMachines

/// Coordinators that do not talk to each other, their clients, crashes, cuts and clocks that are wrong.
///
/// Five coordinators give out timestamps and numbers to four clients, which ask the one that their key
/// belongs to and the next where that one is silent. Coordinators crash with what was synced or a torn
/// tail, freeze, are cut off; disks fail; wall clocks differ by up to 100 ms, are set ahead and back.
///
/// Checked: no identifier is given out twice, to anyone, by anyone, in any life; one coordinator's
/// timestamps never fall behind what was known of them when they were asked for; each request is answered
/// once; in the end everyone is served again.
public enum CoordinatorScenario: Scenario {
    /// `coordinators`.
    public static let name = "coordinators"

    /// Runs it for 2.6 simulated seconds, or until something is wrong.
    public static func run(seed: Seed, planted: CoordinatorMistake?) -> ScenarioReport {
        var world = CoordinatorWorld(seed: seed, planted: planted)
        return world.run()
    }
}
