public import Randomness
import ShenRing
import Simulation
import StateMachines

extension TokenExperiment {
    /// A ring whose members' clocks leap ahead, against what leases assume: members then vote while the
    /// holder, cut off, still has a lease by its own clock. Rights overlap; what the resource takes stays in
    /// order, since fencing numbers do not depend on clocks.
    public static func leapingClocks(seed: Seed) -> TokenPartitionFigures {
        var experiment = TokenExperiment(
            members: 5, contenders: 5, delay: .microseconds(250), hold: .milliseconds(20))
        experiment.settings.hold = .milliseconds(200)
        experiment.load.holding = .uniform(.milliseconds(1), .milliseconds(200))
        experiment.load.writes = 4
        experiment.span = .seconds(1)
        return experiment.partition(for: .seconds(1), seed: seed, leap: .seconds(1))
    }
}
