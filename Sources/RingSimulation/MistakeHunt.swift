public import Randomness

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
