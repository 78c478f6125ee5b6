import Glibc
import Randomness
import RingSimulation
import TestSupport
import Testing

/// Runs a scenario by the seeds from 1 on, as many as the environment asks for, 30 where it says nothing,
/// and expects that no checker has anything to say, that none gave up on more than one in a hundred runs,
/// and that every run was worth it.
func expectSound<World: Scenario>(_: World.Type) async {
    let runs = testRounds(30)
    let report = await Swarm<World>(first: Seed(1), runs: runs).run()
    #expect(report.runs == runs)
    #expect(report.violating == 0, "\(World.name): \(report)")
    #expect(report.unknown * 100 <= report.runs, "\(World.name): \(report)")
    #expect((report.leastOperations ?? 0) >= 300, "\(World.name): \(report)")
    #expect((report.leastFaults ?? 0) >= 10, "\(World.name): \(report)")
    print("scenario | \(World.name) | \(report)")
}

/// Expects that a planted mistake is caught, by the seeds from 1 on: the same in every run, so that a
/// mistake that is caught today is caught tomorrow unless something changed.
///
/// `NILOMETER_TEST_SERIES` asks for more catches than one, for the medians of docs/RINGS.md.
func expectCaught<World: Scenario>(_ mistake: World.Mistake, in _: World.Type) async {
    let series = max(1, environmentNumber("NILOMETER_TEST_SERIES") ?? 1)
    let hunt = await Swarm<World>(first: Seed(1), runs: 1_000 * series).hunt(
        mistake, catches: series)
    #expect(hunt.catches.count == series, "\(World.name): \(hunt)")
    if let median = hunt.medianSeeds {
        print("mistake | \(World.name) | \(mistake.rawValue) | \(median) |")
    }
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

/// Whether the long versions of tests were asked for.
let isNight = environmentNumber("NILOMETER_TEST_ROUNDS") != nil

private func environmentNumber(_ name: String) -> Int? {
    // SAFETY: the environment is only read, and nothing in the tests writes it; the text is copied.
    unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) }
}
