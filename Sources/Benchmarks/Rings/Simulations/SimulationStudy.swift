public import Randomness
import RingSimulation

/// Runs of a plan, one for each seed of a row of them, and what they come to together.
public struct SimulationStudy {
    /// A run that its checkers found wrong.
    public struct Violation {
        /// The seed, which alone repeats it.
        public let seed: Seed
        /// What was found, a line each; one at least.
        public let findings: [String]
    }

    let plan: PlannedSimulation
    /// Where costs come from.
    let costs: String
    /// The seed of the first run.
    public let first: Seed
    /// How many runs were asked for.
    public let runs: Int
    /// What each run came to, in the order of the seeds.
    let outcomes: [PlannedOutcome]

    /// Runs them, until all are done or `shouldStop` says so, which is asked time and again within a run.
    ///
    /// - Parameter willRun: told before each run how many are over.
    public init(
        _ setting: SimulationSetting, first: Seed, runs: Int,
        shouldStop: @escaping () -> Bool = { false }, willRun: (Int) -> Void = { _ in }
    ) {
        (plan, costs) = (setting.plan, setting.costs)
        (self.first, self.runs) = (first, runs)
        var outcomes: [PlannedOutcome] = []
        while outcomes.count < runs, !shouldStop() {
            willRun(outcomes.count)
            do throws(PlannedRunStopped) {
                outcomes.append(
                    try plan.run(
                        seed: Self.seed(outcomes.count, from: first), shouldStop: shouldStop))
            } catch { break }
        }
        self.outcomes = outcomes
    }

    /// A study whose runs came to this.
    init(_ setting: SimulationSetting, first: Seed, outcomes: [PlannedOutcome]) {
        (plan, costs) = (setting.plan, setting.costs)
        (self.first, self.runs, self.outcomes) = (first, outcomes.count, outcomes)
    }

    /// How many runs were made.
    public var count: Int { outcomes.count }

    private static func seed(_ place: Int, from first: Seed) -> Seed {
        Seed(first.rawValue &+ UInt64(place))
    }

    /// Whether fewer runs were made than asked for.
    public var isInterrupted: Bool { outcomes.count < runs }

    /// The seed of a run.
    func seed(of run: Int) -> Seed { Self.seed(run, from: first) }

    /// The runs that were found wrong.
    public var violations: [Violation] {
        outcomes.enumerated().filter { !$1.violations.isEmpty }.map {
            Violation(seed: seed(of: $0), findings: $1.violations)
        }
    }

    /// What the checkers say of all runs.
    enum Verdict: String {
        /// They found nothing wrong.
        case safe
        /// They had nothing to check: nothing was done in any run, as where every message is lost.
        case unchecked
        /// They found a run wrong.
        case violated
    }

    var verdict: Verdict {
        violations.isEmpty ? operations > 0 ? .safe : .unchecked : .violated
    }

    /// How many operations there were in all runs.
    var operations: Int { outcomes.reduce(0) { $0 + $1.operations } }

    /// How many runs a checker gave up on.
    var unknown: Int { outcomes.count { $0.isUnknown } }

    /// The digest of all runs' traces, in their order.
    var trace: UInt64 { outcomes.reduce(0) { SplitMix64.mix($0 ^ $1.trace) } }

    /// The figures with the values of all runs in the order of their seeds; none where a run was found
    /// wrong, for then they are worth nothing.
    var figures: [PlannedFigure] {
        guard violations.isEmpty else { return [] }
        // Which figures there are may depend on what came to pass.
        var names: [String] = []
        var all: [String: PlannedFigure] = [:]
        for figure in outcomes.flatMap(\.figures) {
            if all[figure.name] == nil {
                names.append(figure.name)
                all[figure.name] = figure
            } else {
                all[figure.name]?.values += figure.values
            }
        }
        return names.compactMap { all[$0] }
    }
}
