import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines
import TestSupport
import Testing

@Suite struct GossipExperimentTests {
    private func experiment(
        _ nodes: Int, trials: Int = 1, _ change: (inout SundialSettings) -> Void = { _ in }
    ) throws -> GossipExperiment {
        var settings = SundialSettings()
        change(&settings)
        return try GossipExperiment(
            nodes: nodes, settings: settings, trials: trials, seed: testSeed.derived(for: nodes))
    }

    @Test func `news that is pushed spreads as the exact chain says`() throws {
        let trials = 600
        let spreads = try experiment(8, trials: trials) {
            $0.direction = .push
            $0.fanout = 2
        }.spread()
        let model = try EpidemicModel(nodes: 8, fanout: 2, direction: .push)
        let chances = try #require(model.pushDistribution)
        for rounds in 2...5 {
            let share =
                Double(spreads.count { ($0.rounds ?? .max) <= rounds }) / Double(trials)
            // Six deviations: once in half a billion runs.
            let deviation = (chances[rounds] * (1 - chances[rounds]) / Double(trials)).squareRoot()
            #expect(
                abs(share - chances[rounds]) <= 6 * deviation,
                "\(share) for \(chances[rounds]) within \(rounds) rounds, \(replay)")
        }
        #expect(spreads.allSatisfy { $0.curve.first == 1 })
        // A node tells news so many times and no more: of 150 000 spreads one left somebody out.
        // Three in one run of the test come once in many millions.
        #expect(spreads.count { $0.curve.last != 8 } <= 2, "\(replay)")
    }

    @Test func `news spreads as well among nodes that are not in step`() throws {
        let spreads = try experiment(64, trials: 40) { $0.direction = .push }
            .spread(isInStep: false)
        let inStep = try experiment(64, trials: 40) { $0.direction = .push }.spread()
        let rounds = { (spreads: [GossipExperiment.Spread]) in
            let found = spreads.compactMap(\.rounds)
            return Double(found.reduce(0, +)) / Double(max(1, found.count))
        }
        #expect(spreads.allSatisfy { $0.curve.last == 64 && $0.time != nil }, "\(replay)")
        // Each node tells as often in a period, and some who are told early tell others in the same.
        #expect(abs(rounds(spreads) - rounds(inStep)) < 2, "\(replay)")
        // Rounds are no longer steps that all take together.
        let parts = spreads.compactMap { $0.time?.nanoseconds }.map { $0 % 1_000_000_000 }
        #expect(Set(parts.map { $0 / 100_000_000 }).count >= 5, "\(replay)")
    }

    @Test func `both ways are faster than one, and the source's tables spread as news does`() throws
    {
        func median(_ change: (inout SundialSettings) -> Void) throws -> Int {
            let rounds = try experiment(64, trials: 9, change).spread().compactMap(\.rounds)
            #expect(rounds.count == 9, "\(replay)")
            return rounds.sorted()[4]
        }
        let push = try median { $0.direction = .push }
        let both = try median { $0.direction = .pushPull }
        #expect(both < push, "\(replay)")
        let tables = try median {
            $0.direction = .push
            $0.detection = .heartbeats(silence: 10)
        }
        #expect(abs(tables - push) <= 1, "\(replay)")
    }

    @Test func `a crash is suspected, then known to all, and nobody else is taken for dead`() throws
    {
        for found in try experiment(20, trials: 5).detection() {
            let suspected = try #require(found.suspected)
            let dead = try #require(found.dead)
            let all = try #require(found.deadToAll)
            #expect(suspected < dead && dead <= all, "\(replay)")
            // α·log₁₀ 20 periods at least, with all confirmations.
            #expect(dead - suspected >= .seconds(6), "\(replay)")
            #expect(found.falseDeaths == 0, "\(replay)")
        }
    }

    @Test func `the source's detection cannot be faster than its timeout`() throws {
        let found = try experiment(10, trials: 5) {
            $0.detection = .heartbeats(silence: 10)
            $0.direction = .push
        }.detection()
        for one in found {
            #expect(try #require(one.suspected) > .seconds(9), "\(replay)")
            #expect(one.deadToAll != nil, "\(replay)")
        }
    }

    @Test func `the source's load grows with the nodes in bytes, and probing does not`() throws {
        func bytes(_ nodes: Int, _ detection: FailureDetection) throws -> Double {
            try experiment(nodes) { $0.detection = detection }.accuracy(periods: 20)[0].load
                .meanBytes
        }
        let probes = FailureDetection.probes(ProbeSettings())
        #expect(try bytes(120, probes) < 1.5 * bytes(12, probes))
        #expect(
            try bytes(120, .heartbeats(silence: 10)) > 5 * bytes(12, .heartbeats(silence: 10)))
    }

    @Test func `sides of a partition that is healed find together, and those who join too`() throws
    {
        for (nodes, minority) in [(5, 2), (2, 1), (16, 6)] {
            let healed = try experiment(nodes, trials: 2).healing(minority: minority, after: 60)
            #expect(healed.allSatisfy { $0.time != nil }, "\(nodes), \(replay)")
        }
        for nodes in [1, 2, 30] {
            let joined = try experiment(nodes, trials: 2).bootstrap()
            #expect(joined.allSatisfy { $0.time != nil }, "\(nodes), \(replay)")
        }
    }

    @Test func `nobody is taken for dead where a few messages are lost`() throws {
        var lossy = try experiment(20)
        lossy.network.loss = 0.02
        let found = try lossy.accuracy(periods: 40)[0]
        #expect(found.falseDeaths == 0, "\(replay)")
        #expect(found.time == .seconds(40))
    }

    @Test func `clusters and settings that cannot be are refused`() throws {
        #expect(throws: SundialError.self) { try experiment(0) }
        #expect(throws: SundialError.self) { try experiment(3, trials: 0) }
        #expect(throws: SundialError.self) { try experiment(3) { $0.fanout = -1 } }
        #expect(throws: SundialError.self) { try experiment(3).healing(minority: 3, after: 1) }
        #expect(throws: SundialError.self) { try experiment(3).accuracy(periods: 1, slow: 4) }
        #expect(throws: SundialError.self) {
            try experiment(3).accuracy(periods: 1, slow: 1, pause: .zero)
        }
        #expect(try experiment(1).spread().first?.rounds == 0)
    }
}
