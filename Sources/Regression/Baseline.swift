import Hardware
import Measurement
import Runs
import Statistics

/// A run reduced to what comparisons need: small enough to commit, complete enough to measure the
/// same again.
///
/// Of each fork's samples at most `quantiles` order statistics are kept: evenly spaced quantiles
/// (type 7), minimum, median and maximum among them, rounded to seven significant digits. Forks
/// with no more samples keep all. What that costs: the fork's median, which comparisons are made of,
/// stays as it is but for the rounding (one part in 10⁷); the bootstrap draws from 25 windows
/// instead of all, and spreads within a fork are those of the quantiles, a little below the samples'
/// own in the outermost deciles. Warm-up, set-aside forks, histograms and metrics without a better are
/// not kept; percentiles of distributions are, a value a fork.
public struct Baseline: Codable, Sendable {
    /// The schema that this version writes and reads.
    public static let currentSchema = "nilometer/baseline/1"
    /// The most order statistics of a fork: odd, so that the median is one of them.
    public static let quantiles = 25

    /// The schema.
    public let schema: String
    /// The baseline's name.
    public let name: String
    /// The run that it was made of.
    public let run: String
    /// The suite of the run, if it was one.
    public let suite: String?
    /// Version of the tool that measured.
    public let tool: String
    /// Commit that was measured; `nil` when it was not known.
    public let commit: String?
    /// When the run began, ISO 8601 in UTC.
    public let start: String
    /// Seed of the run.
    public let seed: UInt64
    /// Version of the methods.
    public let method: Int
    /// The facts of the machine that must agree.
    public let fingerprint: Fingerprint
    /// What was measured, with resolved parameters, profile, forks and time.
    public let workloads: [PlannedWorkload]
    /// How much longer than its time a process of each of these took, in nanoseconds: the median. `nil` in
    /// baselines of earlier versions.
    public let excesses: [Double]?
    /// What comparisons of a thing with itself showed; `nil` where there were too few.
    public let detectableEffect: DetectableEffect?
    /// The figures in order.
    public let figures: [Figure]

    /// A figure's forks.
    public struct Figure: Codable, Sendable {
        let workload: String
        let parameters: ParameterSet
        let profile: String
        let metric: String
        let statistic: String
        let unit: String
        let better: BetterDirection?
        let exact: Bool
        let forks: [Fork]
    }

    /// What one fork said: its values as text, separated by spaces, which keeps the file small.
    public struct Fork: Codable, Sendable {
        let fork: Int
        let samples: Int
        let values: String
        let doubts: [String]?
    }

    /// The baseline of `run` under `name`.
    ///
    /// - Complexity: O(samples · log samples).
    public init(_ run: Run, name: String) {
        let manifest = run.manifest
        schema = Baseline.currentSchema
        self.name = name
        self.run = manifest.run
        suite = manifest.suite
        tool = manifest.tool
        commit = manifest.commit
        start = manifest.start
        seed = manifest.seed
        method = manifest.method
        fingerprint = run.machine.fingerprint
        workloads = manifest.workloads
        excesses = manifest.excesses.map { $0.rounded() }
        detectableEffect = try? SlowdownTally(run).detectableEffect()
        figures = ForkedFigure.all(of: run).map(Figure.init)
    }

    /// The side of a comparison that it is.
    public func side() throws(BaselineError) -> MeasuredSide {
        let forked = try figures.map { figure throws(BaselineError) in try figure.forked(name) }
        var seen: Set<FigureIdentity> = []
        for figure in forked where !seen.insert(figure.identity).inserted {
            throw .damaged(baseline: name, reason: "\(figure.identity): it is there twice")
        }
        return MeasuredSide(
            name: name, run: run, tool: tool, commit: commit, start: start, seed: seed,
            method: method, fingerprint: fingerprint, workloads: workloads,
            detectableEffect: detectableEffect,
            figures: forked, excesses: excesses ?? [])
    }
}

extension Baseline.Figure {
    fileprivate init(_ figure: ForkedFigure) {
        let key = figure.identity.key
        workload = key.workload
        parameters = key.parameters
        profile = key.profile
        metric = key.metric
        statistic = figure.identity.statistic
        unit = figure.identity.unit
        better = figure.better
        exact = figure.isExact
        forks = figure.forks.map { fork in
            Baseline.Fork(
                fork: fork.number, samples: fork.values.count,
                values: QuantileGrid.reduced(fork.values, isExact: figure.isExact)
                    .map { "\($0)" }.joined(separator: " "),
                doubts: fork.doubts.isEmpty ? nil : fork.doubts)
        }
    }

    /// The figure, or what is wrong with it.
    fileprivate func forked(_ baseline: String) throws(BaselineError) -> ForkedFigure {
        let identity = FigureIdentity(
            key: FigureKey(
                workload: workload, parameters: parameters, profile: profile, metric: metric),
            statistic: statistic, unit: unit)
        func damaged(_ reason: String) -> BaselineError {
            .damaged(baseline: baseline, reason: "\(identity): \(reason)")
        }
        guard !forks.isEmpty else { throw damaged("it has no forks") }
        var found: [ForkedFigure.Fork] = []
        for fork in forks {
            let words = fork.values.split(separator: " ")
            let values = words.compactMap { Double($0) }.filter(\.isFinite)
            guard !values.isEmpty, values.count == words.count else {
                throw damaged("fork \(fork.fork) has '\(fork.values)', expected numbers")
            }
            guard !found.contains(where: { $0.number == fork.fork }) else {
                throw damaged("fork \(fork.fork) is there twice")
            }
            found.append(
                ForkedFigure.Fork(number: fork.fork, values: values, doubts: fork.doubts ?? []))
        }
        return ForkedFigure(identity: identity, better: better, isExact: exact, forks: found)
    }
}

/// Samples reduced to evenly spaced quantiles.
enum QuantileGrid {
    /// At most `Baseline.quantiles` values in ascending order, rounded unless they are exact.
    static func reduced(_ samples: [Double], isExact: Bool = false) -> [Double] {
        let sorted = samples.sorted()
        let kept: [Double]
        if sorted.count <= Baseline.quantiles {
            kept = sorted
        } else {
            let last = Double(Baseline.quantiles - 1)
            kept = (0..<Baseline.quantiles).map {
                Quantile.ofSorted(sorted, at: Double($0) / last)
            }
        }
        return isExact ? kept : kept.map(rounded)
    }

    /// To seven significant digits.
    private static func rounded(_ value: Double) -> Double {
        guard value != 0 else { return 0 }
        var (scale, size) = (1.0, value.magnitude)
        // Powers of ten up to 10²² are exact; beyond them a figure keeps what digits it has.
        while size < 1_000_000, scale < 1e22 { (scale, size) = (scale * 10, size * 10) }
        guard size < 1e15 else { return value }
        var divisor = 1.0
        while size / divisor >= 10_000_000 { divisor *= 10 }
        return scale > 1
            ? (value * scale).rounded() / scale : (value / divisor).rounded() * divisor
    }
}
