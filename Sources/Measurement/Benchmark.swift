import Counters
import Quantities
import Randomness

/// Something that can be measured in a child process.
public protocol Benchmark: Sendable {
    /// What it is called, what it takes and what it gives.
    static var description: BenchmarkDescription { get }

    /// Measures under the context's parameters for about the context's time, and records what was
    /// found. Called once, on a thread bound to the first of the context's processing units.
    static func measure(in context: ForkContext, into recorder: inout Recorder) throws
}

/// What a benchmark measures under: the request, decoded.
public struct ForkContext: Sendable {
    /// What was asked for.
    public let request: ForkRequest
    /// The calibrated clock.
    public let clock: TickClock

    /// What counts on the measuring thread, for the timing loops; `nil` when nothing was asked for.
    public let counters: ThreadCounters?

    /// The turns that this process takes with another, for the timing loops; `nil` without another.
    public let turns: ProcessTurns?

    /// A context for `request`.
    public init(
        request: ForkRequest, clock: TickClock, counters: ThreadCounters? = nil,
        turns: ProcessTurns? = nil
    ) {
        self.request = request
        self.clock = clock
        self.counters = counters
        self.turns = turns
    }

    /// How long to measure.
    public var time: Nanoseconds { Nanoseconds(request.time) }

    /// The processing unit of the measuring thread.
    public var processingUnit: Int { request.processingUnits[0] }

    /// The generator of the part of the work that has this name.
    public func generator(for name: String) -> Xoshiro256StarStar {
        Seed(request.seed).derived(for: name).generator()
    }

    /// The text of a parameter that the benchmark's description declares.
    public func text(_ name: String) -> String {
        guard let value = request.parameters[name] else {
            preconditionFailure("parameter '\(name)' of \(request.benchmark) was not resolved")
        }
        return value
    }

    /// The value of a parameter declared as a whole number.
    public func integer(_ name: String) -> Int {
        guard let value = Int(text(name)) else {
            preconditionFailure("parameter '\(name)' is '\(text(name))', not a whole number")
        }
        return value
    }

    /// The value of a parameter declared as a number.
    public func number(_ name: String) -> Double {
        guard let value = Double(text(name)) else {
            preconditionFailure("parameter '\(name)' is '\(text(name))', not a number")
        }
        return value
    }

    /// The value of a parameter declared as a time.
    public func duration(_ name: String) -> Nanoseconds {
        guard let value = try? Nanoseconds(parsing: text(name)) else {
            preconditionFailure("parameter '\(name)' is '\(text(name))', not a time")
        }
        return value
    }

    /// The value of a parameter declared as a duration or a word; nil where it is the word.
    public func durationUnlessWord(_ name: String) -> Nanoseconds? {
        try? Nanoseconds(parsing: text(name))
    }

    /// The words of a parameter declared as a subset, in the order in which they were given.
    public func words(_ name: String) -> [String] {
        text(name).split(separator: ",").map(String.init)
    }
}

/// Collects what a benchmark finds.
public struct Recorder: Sendable {
    private let parameters: ParameterSet
    private let description: BenchmarkDescription
    private let counterMetrics: [MetricSpecification]
    /// Series recorded so far.
    public private(set) var series: [Series] = []
    /// Distributions recorded so far.
    public private(set) var distributions: [DistributionRecord] = []
    /// Facts recorded so far.
    public private(set) var notes: [String] = []
    /// Known answers recorded so far.
    public private(set) var expectations: [KnownAnswer] = []

    /// A recorder for a benchmark run under `parameters`, with the figures of `counters`.
    public init(
        for description: BenchmarkDescription, parameters: ParameterSet,
        counters: [CounterName] = []
    ) {
        self.description = description
        self.parameters = parameters
        counterMetrics = CounterMetrics.specifications(of: counters)
    }

    /// The workload's parameters without `keys`, for the figures that these do not distinguish.
    public func figureParameters(without keys: [String] = []) -> ParameterSet {
        keys.reduce(parameters) { $0.without($1) }
    }

    /// Records samples of a metric of the description, in the metric's unit.
    public mutating func record(
        _ metric: String, _ parameters: ParameterSet, samples: [Double], warmup: [Double] = [],
        doubts: [String] = []
    ) {
        series.append(
            Series(
                metric: metric, parameters: parameters, unit: specification(metric).unit,
                warmup: warmup, samples: samples, doubts: doubts))
    }

    /// Records the distribution of a metric of the description.
    public mutating func record(
        _ metric: String, _ parameters: ParameterSet, distribution: LatencyDistribution,
        doubts: [String] = []
    ) {
        _ = specification(metric)
        distributions.append(
            DistributionRecord(
                metric: metric, parameters: parameters, distribution: distribution,
                doubts: doubts))
    }

    /// Records what a statistic of a metric of the description must come to, in the metric's unit.
    /// Every fork of a workload expects the same.
    public mutating func expect(
        _ metric: String, _ parameters: ParameterSet, _ statistic: String,
        _ condition: KnownAnswer.Condition, because reason: String
    ) {
        _ = specification(metric)
        expectations.append(
            KnownAnswer(
                metric: metric, parameters: parameters, statistic: statistic, condition: condition,
                reason: reason))
    }

    /// Adds `doubts` to everything recorded so far: reasons that hold for the fork as a whole.
    public mutating func doubtAll(_ doubts: [String]) {
        doubt(Array(series.indices), doubts)
    }

    /// Adds `doubts` to everything that was recorded so far and is measured: what disturbs a fork as a
    /// whole changes nothing of what is counted exactly or follows from a seed.
    mutating func doubtEstimates(_ doubts: [String]) {
        doubt(series.indices.filter { specification(series[$0].metric).kind == .sampled }, doubts)
    }

    private mutating func doubt(_ ownSeries: [Int], _ doubts: [String]) {
        for index in ownSeries {
            series[index].doubts += doubts.filter { !series[index].doubts.contains($0) }
        }
        for index in distributions.indices {
            distributions[index].doubts += doubts.filter {
                !distributions[index].doubts.contains($0)
            }
        }
    }

    /// Records a fact that belongs beside the figures, once.
    public mutating func note(_ fact: String) {
        if !notes.contains(fact) { notes.append(fact) }
    }

    private func specification(_ metric: String) -> MetricSpecification {
        let counted = counterMetrics.first { $0.name == metric }
        guard let specification = description.metric(metric) ?? counted else {
            preconditionFailure("\(description.name) does not declare the metric '\(metric)'")
        }
        return specification
    }
}
