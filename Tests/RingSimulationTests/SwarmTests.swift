import Randomness
import RingSimulation
import StateMachines
import Testing

/// A scenario without a world: what it finds is a matter of the seed.
private struct Dice: Scenario {
    enum Mistake: String, CaseIterable, Sendable {
        /// Found by every seed.
        case always
        /// Found by every tenth seed.
        case tenth
        /// Found by none.
        case never
    }

    static let name = "dice"

    static func run(seed: Seed, planted: Mistake?) -> ScenarioReport {
        let found =
            switch planted {
            case .always: true
            case .tenth: seed.rawValue % 10 == 0
            case .never, nil: false
            }
        return ScenarioReport(
            operations: Int(seed.rawValue), faults: 1_000 - Int(seed.rawValue),
            simulated: .seconds(2), trace: SplitMix64.mix(seed.rawValue),
            violations: found ? ["found by \(seed)"] : [], unknown: seed.rawValue % 50 == 3)
    }
}

@Suite struct SwarmTests {
    @Test func `a swarm runs every seed of its row once, and adds up what they report`() async {
        let report = await Swarm<Dice>(first: Seed(1), runs: 200).run()
        #expect(report.runs == 200)
        #expect(report.operations == 200 * 201 / 2)
        #expect(report.leastOperations == 1 && report.leastFaults == 800)
        #expect(report.faults == 200 * 1_000 - 200 * 201 / 2)
        #expect(report.simulated == .seconds(400))
        #expect(report.unknown == 4)
        #expect(report.violating == 0 && report.violations.isEmpty)
    }

    @Test func `reports do not depend on which run ends first`() async {
        let one = await Swarm<Dice>(first: Seed(1), runs: 300).run(planted: .tenth)
        let two = await Swarm<Dice>(first: Seed(1), runs: 300).run(planted: .tenth)
        #expect(one == two)
        #expect(one.violations.map(\.seed.rawValue) == (1...16).map { $0 * 10 })
        #expect(one.violating == 30)
        let other = await Swarm<Dice>(first: Seed(2), runs: 300).run(planted: .tenth)
        #expect(one.trace != other.trace)
    }

    @Test func `a violation is told with the seed that repeats it`() async {
        let report = await Swarm<Dice>(first: Seed(8), runs: 4).run(planted: .tenth)
        #expect(report.violations.map(\.description) == ["seed 10: found by 10"])
        #expect(report.description.contains("1 violating"))
        #expect(report.description.hasSuffix("\nseed 10: found by 10"))
    }

    @Test func `a hunt ends with the catch that it was after, and says how many seeds each took`()
        async
    {
        let swarm = Swarm<Dice>(first: Seed(3), runs: 1_000)
        let hunt = await swarm.hunt(.tenth, catches: 3)
        #expect(hunt.catches.map(\.seed.rawValue) == [10, 20, 30])
        #expect(hunt.catches.map(\.seeds) == [8, 10, 10])
        #expect(hunt.catches.first?.finding == "found by 10")
        #expect(hunt.medianSeeds == 10)
        #expect(hunt.runs == 28)
        #expect(hunt.description == "tenth: caught by seed 10, median 10 seeds: found by 10")
    }

    @Test func `a mistake that no seed shows is told apart`() async {
        let hunts = await Swarm<Dice>(first: Seed(3), runs: 100).hunts()
        #expect(hunts.map(\.mistake) == ["always", "tenth", "never"])
        #expect(hunts.map(\.medianSeeds) == [1, 8, nil])
        #expect(hunts[2].runs == 100 && hunts[2].catches.isEmpty)
        #expect(hunts[2].description == "never: not caught by 100 seeds")
    }

    @Test func `reports come in the order of seeds, until enough came`() async {
        var seeds: [UInt64] = []
        await Swarm<Dice>(first: Seed(5), runs: 1_000).forEach { seed, report in
            #expect(report.operations == Int(seed.rawValue))
            seeds.append(seed.rawValue)
            return seed.rawValue < 204
        }
        #expect(seeds == Array(5...204))
    }

    @Test func `a task that was cancelled runs no more seeds`() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await Swarm<Dice>(first: Seed(5), runs: 1_000).run()
        }
        task.cancel()
        #expect(await task.value.runs == 0)
    }

    @Test func `runs fall short where something is wrong, unknown, or too little`() {
        func shortcomings(
            _ runs: Int, operations: Int = 300, faults: Int = 10, wrong: Int = 0, unknown: Int = 0
        ) -> [String] {
            var report = SwarmReport()
            for place in 0..<runs {
                let one = ScenarioReport(
                    operations: operations, faults: faults,
                    violations: place < wrong ? ["wrong"] : [], unknown: place < unknown)
                report.add(one, seed: Seed(UInt64(place)))
            }
            return report.shortcomings
        }
        #expect(shortcomings(200) == [])
        #expect(shortcomings(0) == ["nothing was run"])
        #expect(shortcomings(200, wrong: 1) == ["1 of 200 runs are wrong"])
        #expect(shortcomings(200, unknown: 2) == [])
        #expect(shortcomings(200, unknown: 3) == ["checkers gave up on 3 of 200 runs"])
        #expect(shortcomings(1, operations: 299) == ["a run had 299 operations only"])
        #expect(shortcomings(1, faults: 9) == ["a run had 9 faults only"])
    }

    @Test func `a swarm without seeds reports nothing`() async {
        let report = await Swarm<Dice>(first: Seed(0), runs: 0).run()
        #expect(report == SwarmReport())
        #expect(report.leastOperations == nil)
    }
}
