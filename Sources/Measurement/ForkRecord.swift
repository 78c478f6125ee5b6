import Counters
import Randomness

/// The samples of one metric under one set of parameters, taken in one fork.
public struct Series: Codable, Sendable {
    /// The metric's name.
    public let metric: String
    /// The parameters of the figure: the workload's, and what distinguishes this series.
    public let parameters: ParameterSet
    /// Unit symbol of the values.
    public let unit: String
    /// Values taken before the body ran steadily, in order.
    public var warmup: [Double]
    /// Values taken after, in order.
    public var samples: [Double]
    /// Reasons to doubt the series; empty when there are none.
    public var doubts: [String]

    /// A series.
    public init(
        metric: String, parameters: ParameterSet, unit: String, warmup: [Double] = [],
        samples: [Double], doubts: [String] = []
    ) {
        self.metric = metric
        self.parameters = parameters
        self.unit = unit
        self.warmup = warmup
        self.samples = samples
        self.doubts = doubts
    }
}

/// A latency distribution of one metric under one set of parameters, taken in one fork.
public struct DistributionRecord: Codable, Sendable {
    /// The metric's name.
    public let metric: String
    /// The parameters of the figure.
    public let parameters: ParameterSet
    /// The recorded times.
    public let distribution: LatencyDistribution
    /// Reasons to doubt it; empty when there are none.
    public var doubts: [String]

    /// A distribution.
    public init(
        metric: String, parameters: ParameterSet, distribution: LatencyDistribution,
        doubts: [String] = []
    ) {
        self.metric = metric
        self.parameters = parameters
        self.distribution = distribution
        self.doubts = doubts
    }
}

/// Everything that one child process measured.
public struct ForkRecord: Codable, Sendable {
    /// The benchmark that ran.
    public let benchmark: String
    /// The parameters it was given.
    public let parameters: ParameterSet
    /// Which fork of the workload this is, from 0.
    public let fork: Int
    /// Seed of this fork.
    public let seed: UInt64
    /// Processing units that its threads were bound to.
    public let processingUnits: [Int]
    /// What the clock's calibration found.
    public let clock: TickClock.Calibration
    /// What happened to the process while it measured.
    public let events: EventCounts
    /// The noise on its cores just before and after.
    public let noise: ForkNoise
    /// What disturbed the process beyond the allowance; its figures are doubted for it.
    public let disturbances: [String]
    /// Wall time of the benchmark's measure call, in nanoseconds: set-up, floor probes, warm-up and
    /// windows. The fork's start and the clock's calibration come before it.
    public let measuredTime: Double
    /// Series of samples, in the order in which the benchmark recorded them.
    public let series: [Series]
    /// Latency distributions.
    public let distributions: [DistributionRecord]
    /// Facts that belong beside the figures: versions and options of peers, what was left out.
    public let notes: [String]
    /// What the figures must come to where the answer is known.
    public let expectations: [KnownAnswer]

    /// The record of a fork that served `request` with what `recorder` holds.
    public init(
        of request: ForkRequest, processingUnits: [Int], clock: TickClock.Calibration,
        events: EventCounts, noise: ForkNoise = ForkNoise(before: [], after: []),
        disturbances: [String] = [], measuredTime: Double, recorder: Recorder
    ) {
        benchmark = request.benchmark
        parameters = request.parameters
        fork = request.fork
        seed = request.seed
        self.processingUnits = processingUnits
        self.clock = clock
        self.events = events
        self.noise = noise
        self.disturbances = disturbances
        self.measuredTime = measuredTime
        series = recorder.series
        distributions = recorder.distributions
        notes = recorder.notes
        expectations = recorder.expectations
    }
}

/// What a child process is asked to measure.
public struct ForkRequest: Codable, Sendable {
    /// The benchmark's name.
    public let benchmark: String
    /// Resolved parameters: every parameter of the benchmark has a value.
    public let parameters: ParameterSet
    /// Which fork of the workload this is, from 0.
    public let fork: Int
    /// Seed of this fork.
    public let seed: UInt64
    /// How long to measure, in nanoseconds, set-up not counted.
    public let time: Double
    /// Processing units that the benchmark's threads are bound to, one each.
    public let processingUnits: [Int]
    /// Directory that storage workloads write to.
    public let directory: MeasuredPath
    /// The commands to measure; `nil` for every benchmark but `command`.
    public var commands: MeasuredCommands?
    /// The process that starts the fork, filled in when it does; the fork ends when that is not its
    /// parent any more. `nil` when the request is served in the process that makes it.
    public var parent: Int32?
    /// What to count beside the figures.
    public let counters: [CounterName]
    /// The other process to take turns with, filled in by who starts both; `nil` without one.
    public var turns: ProcessTurns.Place?

    /// A directory to be measured, and what a sync of a file in it reaches.
    public struct MeasuredPath: Codable, Sendable {
        /// Absolute path.
        public let path: String
        /// Durability class, such as `device-volatile-cache` or `memory`; `unknown` when it could
        /// not be told.
        public let durability: String

        /// A directory.
        public init(path: String, durability: String) {
            self.path = path
            self.durability = durability
        }
    }

    /// A request.
    public init(
        benchmark: String, parameters: ParameterSet, fork: Int, seed: UInt64, time: Double,
        processingUnits: [Int], directory: MeasuredPath, commands: MeasuredCommands? = nil,
        parent: Int32? = nil, counters: [CounterName] = []
    ) {
        self.benchmark = benchmark
        self.parameters = parameters
        self.fork = fork
        self.seed = seed
        self.time = time
        self.processingUnits = processingUnits
        self.directory = directory
        self.commands = commands
        self.parent = parent
        self.counters = counters
    }

    /// A request for fork `fork` of `planned`. Its seed is drawn from `seed`, the session's, for what
    /// is measured and for the number of the fork: the same wherever that stands in a plan. Of commands
    /// nothing is counted from outside: what they do is counted in runs of their own.
    public init(
        fork: Int, of planned: PlannedWorkload, seed: Seed, processingUnits: [Int],
        directory: MeasuredPath, counters: [CounterName] = []
    ) {
        let name = "\(planned.workload);\(planned.profile);\(planned.parameters)"
        self.init(
            benchmark: planned.benchmark, parameters: planned.parameters, fork: fork,
            seed: seed.derived(for: name).derived(for: fork).rawValue, time: planned.time,
            processingUnits: processingUnits, directory: directory, commands: planned.commands,
            counters: planned.commands == nil ? counters : [])
    }
}
