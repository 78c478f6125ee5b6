import Counters
import Measurement

/// `manifest.json`: what was run, how, and what happened on the way. Together with the samples and
/// the histograms it is all that figures, verdicts and reports are derived from.
public struct Manifest: Codable, Sendable {
    /// Version of the files' layout.
    public static let currentSchema = "nilometer/run/1"
    /// Version of the methods of measurement and analysis: runs made with different ones are not
    /// compared silently.
    public static let currentMethod = 2

    /// Version of the files' layout.
    public var schema: String
    /// Version of the methods.
    public var method: Int
    /// Name of the run's folder.
    public var run: String
    /// Version of the tool.
    public var tool: String
    /// Commit that the tool was built from; `nil` when it is not known.
    public var commit: String?
    /// The command line.
    public var command: [String]
    /// The suite, or `nil` when workloads were named.
    public var suite: String?
    /// Seed of the run.
    public var seed: UInt64
    /// Each profile with what its fields resolved to here.
    public var profiles: [ResolvedProfile]
    /// When the run began, ISO 8601 in UTC.
    public var start: String
    /// When it ended.
    public var end: String
    /// `complete` or `interrupted`.
    public var ending: Session.Ending
    /// Wall time of the whole run and of its measured parts: the rest is the suite's own.
    public var overhead: Overhead
    /// The workloads with their resolved parameters.
    public var workloads: [PlannedWorkload]
    /// The metrics of each benchmark that ran.
    public var benchmarks: [BenchmarkMetrics]
    /// What each fork said beside its samples.
    public var forks: [ForkSummary]
    /// Which histogram file holds what.
    public var histograms: [HistogramFile]
    /// What figures must come to where the answer is known; `nil` in a run of a version that knew
    /// none.
    public var expectations: [ExpectedFigure]?

    /// The manifest of a run that is about to begin: until it is complete, whoever finds the
    /// folder finds it interrupted.
    public init(
        run: String, tool: String, commit: String?, command: [String], suite: String?,
        seed: UInt64, profiles: [ResolvedProfile], start: String, workloads: [PlannedWorkload],
        benchmarks: [BenchmarkMetrics]
    ) {
        schema = Manifest.currentSchema
        method = Manifest.currentMethod
        self.run = run
        self.tool = tool
        self.commit = commit
        self.command = command
        self.suite = suite
        self.seed = seed
        self.profiles = profiles
        self.start = start
        end = ""
        ending = .interrupted
        overhead = Overhead(wall: 0, measured: 0)
        self.workloads = workloads
        self.benchmarks = benchmarks
        forks = []
        histograms = []
        expectations = []
    }

    /// A profile and its fields.
    public struct ResolvedProfile: Codable, Sendable {
        /// The profile's name.
        public var name: String
        /// Its fields with their values here.
        public var fields: ParameterSet

        /// A profile.
        public init(name: String, fields: ParameterSet) {
            self.name = name
            self.fields = fields
        }
    }

    /// Where the time of a run went, in nanoseconds.
    public struct Overhead: Codable, Sendable {
        /// From the first fork's start to the last one's end.
        public var wall: Double
        /// In the measured parts of forks.
        public var measured: Double

        /// Wall and measured time.
        public init(wall: Double, measured: Double) {
            self.wall = wall
            self.measured = measured
        }

        /// The share of the wall time that was not measurement; `nil` for a run of no length.
        public var share: Double? { wall > 0 ? max(0, 1 - measured / wall) : nil }
    }

    /// The metrics of a benchmark.
    public struct BenchmarkMetrics: Codable, Sendable {
        /// The benchmark.
        public var benchmark: String
        /// What bounds its figures from below.
        public var floor: String
        /// Its metrics.
        public var metrics: [MetricSpecification]

        /// Metrics of a benchmark.
        public init(benchmark: String, floor: String, metrics: [MetricSpecification]) {
            self.benchmark = benchmark
            self.floor = floor
            self.metrics = metrics
        }
    }

    /// A fork without its samples.
    public struct ForkSummary: Codable, Sendable {
        /// Index into `workloads`.
        public var workload: Int
        /// Which fork of it.
        public var fork: Int
        /// Seed of the fork.
        public var seed: UInt64?
        /// Processing units its threads were bound to.
        public var processingUnits: [Int]
        /// What the clock's calibration found.
        public var clock: TickClock.Calibration?
        /// What happened to the process while it measured.
        public var events: EventCounts?
        /// The noise on its cores just before and after; `nil` as for `measuredTime`.
        public var noise: ForkNoise?
        /// Wall time of its measurement in nanoseconds, the time of `events`; `nil` in runs of a
        /// version that did not keep it.
        public var measuredTime: Double?
        /// Reasons to doubt some of its series.
        public var doubts: [Doubt]
        /// Facts that belong beside the figures.
        public var notes: [String]
        /// Why it gave no record; `nil` when it did.
        public var failure: String?
        /// The `failure` of one that was never begun, as there was no time left for it: figures rest on
        /// fewer processes, as their intervals say, and nothing went wrong.
        public static let skipped = "skipped: the budget was spent"
        /// Why its samples go into no figure, although it gave a record: it was disturbed, and
        /// measured again. `nil` for forks that stand.
        public var setAside: String?
    }

    /// A reason to doubt one figure.
    public struct Doubt: Codable, Hashable, Sendable {
        /// The figure's metric.
        public var metric: String
        /// The figure's parameters.
        public var parameters: ParameterSet
        /// The reason.
        public var reason: String
    }

    /// A file of `histograms/`.
    public struct HistogramFile: Codable, Sendable {
        /// File name within `histograms/`.
        public var file: String
        /// What it is the distribution of.
        public var key: FigureKey
        /// The fork it comes from; `nil` for all forks together.
        public var fork: Int?
    }
}

extension Manifest.ForkSummary {
    /// The summary of a fork that gave `record`.
    public init(_ turn: Schedule.Turn, _ record: ForkRecord) {
        let doubts =
            record.series.flatMap { series in
                series.doubts.map {
                    Manifest.Doubt(
                        metric: series.metric, parameters: series.parameters, reason: $0)
                }
            }
            + record.distributions.flatMap { distribution in
                distribution.doubts.map {
                    Manifest.Doubt(
                        metric: distribution.metric, parameters: distribution.parameters,
                        reason: $0)
                }
            }
        self.init(
            workload: turn.workload, fork: turn.fork, seed: record.seed,
            processingUnits: record.processingUnits, clock: record.clock, events: record.events,
            noise: record.noise, measuredTime: record.measuredTime, doubts: doubts,
            notes: record.notes)
    }

    /// The summary of a fork that gave no record, and why.
    public init(_ turn: Schedule.Turn, failure: String) {
        self.init(
            workload: turn.workload, fork: turn.fork, seed: nil, processingUnits: [], clock: nil,
            doubts: [], notes: [], failure: failure)
    }
}

extension Manifest {
    /// The specification of the metric that `key` names, if its benchmark is listed.
    public func specification(of key: FigureKey) -> MetricSpecification? {
        guard let planned = workloads.first(where: { $0.workload == key.workload }) else {
            return nil
        }
        return benchmarks.first { $0.benchmark == planned.benchmark }?.metrics
            .first { $0.name == key.metric }
    }
}
