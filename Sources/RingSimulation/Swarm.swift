public import Randomness
public import StateMachines

/// Many runs of a scenario, one for each seed of a row of them, on all processors.
///
/// Runs share nothing, and their reports are put together in the order of the seeds: the same arguments
/// give the same report, however many processors there are.
public struct Swarm<World: Scenario>: Sendable {
    /// The first seed; the others follow by ones.
    public let first: Seed
    /// How many seeds are run.
    public let runs: Int

    /// A swarm of `runs` seeds, from `first` on.
    public init(first: Seed, runs: Int) {
        precondition(runs >= 0, "a swarm of \(runs) runs")
        self.first = first
        self.runs = runs
    }

    /// How many seeds are run at a time: enough for every processor, and few enough that a hunt stops
    /// soon and reports take no room.
    private static var batch: Int { 64 }

    /// Runs every seed, with the mistake planted or none.
    public func run(planted: World.Mistake? = nil) async -> SwarmReport {
        var report = SwarmReport()
        for start in stride(from: 0, to: runs, by: Self.batch) {
            for (seed, one) in await reports(start..<min(start + Self.batch, runs), planted) {
                report.add(one, seed: seed)
            }
        }
        return report
    }

    /// Runs every seed in this thread, for who counts processors or may not wait; the report is the same.
    public func runHere(planted: World.Mistake? = nil) -> SwarmReport {
        var report = SwarmReport()
        for place in 0..<runs {
            report.add(World.run(seed: seed(at: place), planted: planted), seed: seed(at: place))
        }
        return report
    }

    /// Runs seeds with a mistake planted until `catches` of them have caught it, or all have been run.
    public func hunt(_ mistake: World.Mistake, catches: Int = 1) async -> MistakeHunt {
        var hunt = MistakeHunt(mistake: mistake.rawValue)
        for start in stride(from: 0, to: runs, by: Self.batch) {
            for (seed, one) in await reports(start..<min(start + Self.batch, runs), mistake) {
                hunt.add(one, seed: seed)
                if hunt.catches.count == catches { return hunt }
            }
        }
        return hunt
    }

    /// Hunts every mistake that can be planted, in the order in which they are declared.
    public func hunts(catches: Int = 1) async -> [MistakeHunt] {
        var hunts: [MistakeHunt] = []
        for mistake in World.Mistake.allCases {
            hunts.append(await hunt(mistake, catches: catches))
        }
        return hunts
    }

    /// The reports of the seeds at these places, in their order.
    private func reports(
        _ places: Range<Int>, _ planted: World.Mistake?
    ) async -> [(Seed, ScenarioReport)] {
        await withTaskGroup(of: (Int, ScenarioReport).self) { group in
            for place in places {
                group.addTask { (place, World.run(seed: seed(at: place), planted: planted)) }
            }
            var reports = [ScenarioReport](repeating: ScenarioReport(), count: places.count)
            for await (place, report) in group { reports[place - places.lowerBound] = report }
            return zip(places, reports).map { (seed(at: $0), $1) }
        }
    }

    private func seed(at place: Int) -> Seed { Seed(first.rawValue &+ UInt64(place)) }
}

/// What the runs of a swarm came to together.
public struct SwarmReport: Hashable, Sendable, CustomStringConvertible {
    /// A seed whose run a checker found wrong, and what it said.
    public struct Violation: Hashable, Sendable, CustomStringConvertible {
        /// The seed, which alone repeats the run.
        public let seed: Seed
        /// What was found, a line each.
        public let findings: [String]

        /// The seed and the first finding.
        public var description: String { "seed \(seed): \(findings.first ?? "")" }
    }

    /// How many violations are kept with their seeds; all are counted.
    public static let keptViolations = 16

    /// How many seeds were run.
    public private(set) var runs = 0
    /// Operations that were committed or decided, in all runs.
    public private(set) var operations = 0
    /// The fewest operations of a run; nil where there was none.
    public private(set) var leastOperations: Int?
    /// Faults that applied, in all runs.
    public private(set) var faults = 0
    /// The fewest faults of a run; nil where there was none.
    public private(set) var leastFaults: Int?
    /// How long they ran together, by the clocks of their simulators.
    public private(set) var simulated = Span.zero
    /// How many runs a checker gave up on.
    public private(set) var unknown = 0
    /// How many runs a checker found wrong.
    public private(set) var violating = 0
    /// The first of them.
    public private(set) var violations: [Violation] = []
    /// A digest of the traces of all runs, in the order of their seeds.
    public private(set) var trace: UInt64 = 0

    /// The report of no run.
    public init() {}

    mutating func add(_ report: ScenarioReport, seed: Seed) {
        runs += 1
        operations += report.operations
        leastOperations = min(leastOperations ?? .max, report.operations)
        faults += report.faults
        leastFaults = min(leastFaults ?? .max, report.faults)
        simulated = simulated + report.simulated
        if report.unknown { unknown += 1 }
        trace = SplitMix64.mix(trace ^ report.trace)
        guard !report.violations.isEmpty else { return }
        violating += 1
        if violations.count < Self.keptViolations {
            violations.append(Violation(seed: seed, findings: report.violations))
        }
    }

    /// One line, and one more for each violation that was kept.
    public var description: String {
        let line =
            "\(runs) runs, \(operations) operations (at least \(leastOperations ?? 0) a run), "
            + "\(faults) faults (at least \(leastFaults ?? 0)), \(unknown) unknown, "
            + "\(violating) violating"
        return ([line] + violations.map(\.description)).joined(separator: "\n")
    }
}

/// How long it took to catch a planted mistake.
public struct MistakeHunt: Hashable, Sendable, CustomStringConvertible {
    /// A run that caught it.
    public struct Catch: Hashable, Sendable {
        /// The seed, which alone repeats the run.
        public let seed: Seed
        /// How many seeds it took since the one before, this one included.
        public let seeds: Int
        /// What the checkers said first.
        public let finding: String
    }

    /// The mistake, as it is called in the code.
    public let mistake: String
    /// How many seeds were run.
    public private(set) var runs = 0
    /// The runs that caught it, in the order of their seeds.
    public private(set) var catches: [Catch] = []

    init(mistake: String) { self.mistake = mistake }

    mutating func add(_ report: ScenarioReport, seed: Seed) {
        runs += 1
        guard let finding = report.violations.first else { return }
        let before = catches.reduce(0) { $0 + $1.seeds }
        catches.append(Catch(seed: seed, seeds: runs - before, finding: finding))
    }

    /// Half of the catches took at most this many seeds; nil where there was none.
    public var medianSeeds: Int? {
        guard !catches.isEmpty else { return nil }
        return catches.map(\.seeds).sorted()[(catches.count - 1) / 2]
    }

    /// The mistake, how long it took, and what was said of it.
    public var description: String {
        guard let first = catches.first, let medianSeeds else {
            return "\(mistake): not caught by \(runs) seeds"
        }
        return "\(mistake): caught by seed \(first.seed), median \(medianSeeds) seeds: "
            + first.finding
    }
}
