import Measurement
import Runs

/// What the comparisons of a run of `calibration.slowdown` came to: the decision procedure's own
/// proof. A slowdown of 0 % is a comparison of a thing with itself.
public struct SlowdownTally: Sendable {
    /// The benchmark whose workloads are tallied.
    public static let benchmark = "calibration.slowdown"

    /// One comparison: the forks of one trial.
    public struct Trial: Sendable {
        /// How much slower b was made, in per cent.
        public let percent: Double
        /// Whether the processing unit was burnt meanwhile.
        public let isBurnt: Bool
        /// The trial's parameters.
        public let parameters: ParameterSet
        /// What its forks say.
        public let comparison: Comparison
        /// The ratios of b to a, round by round, one array a fork.
        let ratios: [[Double]]
    }

    /// The trials, in the order of their parameters.
    public let trials: [Trial]
    private let rule: ComparisonRule

    /// The trials of the workload `calibration.slowdown` among a run's samples.
    ///
    /// - Parameters:
    ///   - samples: of any workloads and metrics; what does not belong is passed over.
    ///   - forks: the summaries of the run's forks, which carry their doubts.
    public init(
        samples: [SampleSeries], forks: [Manifest.ForkSummary] = [],
        rule: ComparisonRule = ComparisonRule()
    ) {
        self.init(samples, forks, of: [SlowdownTally.benchmark], rule)
    }

    /// The trials of a run, whatever its workloads over the benchmark are called.
    public init(_ run: Run, rule: ComparisonRule = ComparisonRule()) {
        let workloads = run.manifest.workloads.filter { $0.benchmark == SlowdownTally.benchmark }
        self.init(
            run.standing.samples, run.manifest.forks, of: Set(workloads.map(\.workload)), rule)
    }

    private init(
        _ samples: [SampleSeries], _ forks: [Manifest.ForkSummary],
        of workloads: Set<String>, _ rule: ComparisonRule
    ) {
        var byTrial: [FigureKey: [Int: [Double]]] = [:]
        for one in samples
        where !one.samples.isEmpty && one.key.metric == "relative"
            && workloads.contains(one.key.workload)
        {
            byTrial[one.key, default: [:]][one.fork, default: []] += one.samples
        }
        self.rule = rule
        let doubts = ForkDoubts(forks)
        trials = byTrial.sorted { $0.key < $1.key }.compactMap { key, values in
            let values = values.sorted { $0.key < $1.key }
            guard let percent = key.parameters["percent"].flatMap(Double.init) else { return nil }
            return Trial(
                percent: percent, isBurnt: key.parameters["burn"] == "on",
                parameters: key.parameters,
                comparison: Comparison(
                    .paired(ratios: values.map(\.value)), better: .lower, rule: rule,
                    doubts: values.map { doubts.reasons(about: key, fork: $0.key) }),
                ratios: values.map(\.value))
        }
    }

    /// The smallest change that comparisons of the usual number of forks find on this machine, by
    /// all forks that compared a thing with itself undisturbed.
    public func detectableEffect() throws(DetectableEffect.Unavailable) -> DetectableEffect {
        let same = trials.filter { $0.percent == 0 && !$0.isBurnt }
        return try DetectableEffect(from: same.flatMap(\.ratios), rule: rule)
    }

    /// The rows and the smallest detectable effect, a line each; empty when the run has no trial.
    public var lines: [String] {
        let rows = rows
        guard rows.contains(where: { $0.percent == 0 && !$0.isBurnt }) else {
            return rows.map(\.description)
        }
        let effect: String
        do {
            effect = "\(try detectableEffect())"
        } catch {
            effect = "unknown, \(error)"
        }
        return rows.map(\.description) + ["smallest detectable effect: \(effect)"]
    }

    /// The tally for each slowdown, burnt ones last; empty when the run has no trial.
    public var rows: [SlowdownRow] {
        var rows: [SlowdownRow] = []
        for isBurnt in [false, true] {
            let chosen = trials.filter { $0.isBurnt == isBurnt }
            var percents: [Double] = []
            for trial in chosen where !percents.contains(trial.percent) {
                percents.append(trial.percent)
            }
            rows += percents.sorted().map { percent in
                SlowdownRow(
                    percent: percent, isBurnt: isBurnt,
                    chosen.filter { $0.percent == percent }.map(\.comparison.status))
            }
        }
        return rows
    }
}

/// The doubts that forks gave about figures, but for those about steadiness: the ratio of a round
/// does not drift with its sides, and where it does, the spread within the fork shows it.
private struct ForkDoubts {
    private struct Place: Hashable {
        let metric: String
        let parameters: ParameterSet
        let fork: Int
    }

    private var reasons: [Place: [String]] = [:]

    init(_ forks: [Manifest.ForkSummary]) {
        for fork in forks {
            for doubt in fork.doubts
            where !WindowAnalysis.steadinessDoubts.contains(doubt.reason) {
                let place = Place(
                    metric: doubt.metric, parameters: doubt.parameters, fork: fork.fork)
                reasons[place, default: []].append(doubt.reason)
            }
        }
    }

    func reasons(about key: FigureKey, fork: Int) -> [String] {
        reasons[Place(metric: key.metric, parameters: key.parameters, fork: fork)] ?? []
    }
}
