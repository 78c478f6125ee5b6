import LoadGeneration
import Measurement
import Quantities
import Randomness

/// How good the load generator itself is: over a target that does nothing.
enum GeneratorCalibration: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.generator",
        summary: "the load generator over a target that does nothing: the highest rate it reaches, "
            + "and how late it is at rates below",
        parameters: [
            ParameterSpecification(
                "patterns", "how requests are spaced, each measured beside the others",
                .subset(of: ["constant", "poisson", "burst:8", "burst:32", "burst:32:poisson"]),
                default: "constant,poisson,burst:32"),
            ParameterSpecification(
                "rates", "requests a second at which lateness is measured",
                .subset(of: ["100", "1000", "10000", "100000", "1000000"]),
                default: "1000,10000,100000,1000000"),
        ],
        distinctions: ["arrivals", "rate"],
        metrics: [
            MetricSpecification(
                "rate", .operationsPerSecond, .higher, .sampled,
                "requests a second of a generator that is always behind its schedule, mean of a "
                    + "window"),
            MetricSpecification(
                "lateness", .nanoseconds, .lower, .sampled,
                "from the intended to the actual start of a request"),
        ],
        processingUnits: 1,
        floor: "two readings of the clock")

    /// Windows of each pattern for its ceiling.
    private static let rounds = 10

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let names = context.words("patterns")
        let patterns = try names.map { try ArrivalPattern(parsing: $0) }
        let ceilings = try ceilings(of: patterns, in: context)
        for (pattern, rates) in zip(patterns, ceilings) {
            recorder.record("rate", figure(of: pattern, recorder), samples: rates)
        }
        let rates = context.words("rates").compactMap(Double.init)
        let time = context.time / 2 / Double(patterns.count * rates.count)
        for (pattern, samples) in zip(patterns, ceilings) {
            let ceiling = GeneratorCeiling(
                pattern, rate: samples.sorted()[samples.count / 2])
            for rate in rates {
                try lateness(at: rate, below: ceiling, for: time, in: context, into: &recorder)
            }
        }
    }

    private static func figure(of pattern: ArrivalPattern, _ recorder: Recorder) -> ParameterSet {
        recorder.figureParameters(without: ["rates", "patterns"])
            .with("arrivals", "\(pattern)")
    }

    /// The ceilings of each pattern, a window of all in every round, in an order drawn from the seed.
    private static func ceilings(
        of patterns: [ArrivalPattern], in context: ForkContext
    ) throws -> [[Double]] {
        let window = context.time / 2 / Double(patterns.count * rounds)
        var order = context.generator(for: "order")
        var rates = [[Double]](repeating: [], count: patterns.count)
        for round in 0..<rounds {
            for index in Array(patterns.indices).shuffled(by: &order) {
                let seed = Seed(context.request.seed).derived(for: "ceiling").derived(for: round)
                rates[index].append(
                    try GeneratorCeiling(
                        measuring: patterns[index], for: window, clock: context.clock, seed: seed
                    ).rate)
            }
        }
        return rates
    }

    private static func lateness(
        at rate: Double, below ceiling: GeneratorCeiling, for time: Nanoseconds,
        in context: ForkContext, into recorder: inout Recorder
    ) throws {
        let schedule = ArrivalSchedule(
            ceiling.pattern, rate: rate,
            seed: Seed(context.request.seed).derived(for: "arrivals-\(rate)"))
        var target = NullTarget()
        let result = try OpenLoop(schedule, for: time, clock: context.clock)
            .run(&target, .uniform)
        let parameters = figure(of: ceiling.pattern, recorder)
            .with("rate", Presentation.fixed(rate, decimals: 0))
        recorder.record(
            "lateness", parameters, distribution: result.lateness,
            doubts: result.doubts + [ceiling.doubt(at: rate)].compactMap { $0 })
        // Of a burst's requests all but the first wait for those before them.
        guard ceiling.pattern.burstSize == 1, rate <= 100_000 else { return }
        recorder.expect(
            "lateness", parameters, "p50", .within(low: 0, high: 1000),
            because: "a generator that spins is on time within a microsecond")
    }
}
