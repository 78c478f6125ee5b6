import Randomness
import RingSimulation
import TestSupport
import Testing

/// Runs a scenario by ten seeds, the same every time, and expects that it keeps its rules.
///
/// Few, since a build for tests is slow and checks itself at every step; `make test` has RingProbe run three
/// hundred.
func expectSound<World: Scenario>(_: World.Type) async {
    let report = await Swarm<World>(first: Seed(1), runs: 10).run()
    #expect(report.runs == 10)
    #expect(report.shortcomings == [], "\(World.name): \(report)")
}

/// Expects that a seed gives the same run each time, and another seed another one.
func expectRepeatable<World: Scenario>(_: World.Type) {
    let (first, second) = (
        World.run(seed: testSeed, planted: nil), World.run(seed: testSeed, planted: nil)
    )
    #expect(first.trace == second.trace, "\(World.name), \(replay)")
    #expect(first.operations == second.operations, "\(World.name), \(replay)")
    #expect(first.faults == second.faults, "\(World.name), \(replay)")
    let other = World.run(seed: testSeed.derived(for: 1), planted: nil)
    #expect(first.trace != other.trace, "\(World.name), \(replay)")
}
