import LoadGeneration
import Measurement
import Quantities
import Randomness
import Statistics

/// A known answer: what an open loop and a closed loop say of the same server that stops once.
enum StallCalibration: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.stall",
        summary: "an open and a closed loop, for half of the time each, over a server that stops "
            + "once, halfway: whether every delayed request counts",
        parameters: [
            ParameterSpecification(
                "rate", "requests a second", .number(1...1e8), default: "10000"),
            ParameterSpecification(
                "arrivals", "how the requests of the open loop are spaced",
                .choice(["constant", "poisson", "burst:8", "burst:32", "burst:32:poisson"]),
                default: "constant"),
            ParameterSpecification(
                "stall", "how long the server stops",
                .duration(.milliseconds(1)...(.seconds(600))), default: "100ms"),
            ParameterSpecification(
                "service", "what the server takes for a request otherwise",
                .duration(Nanoseconds(100)...(.milliseconds(100))), default: "1us"),
        ],
        distinctions: ["loop"],
        metrics: [
            MetricSpecification(
                "response", .nanoseconds, .lower, .sampled,
                "from the intended start of a request to its response; a closed loop has no "
                    + "intention but to start"),
            MetricSpecification(
                "service", .nanoseconds, .lower, .sampled,
                "from the actual start of a request to its response"),
            MetricSpecification(
                "lateness", .nanoseconds, .neither, .sampled,
                "from the intended to the actual start, as far as it is the generator's doing; "
                    + "open loop"),
            MetricSpecification(
                "slow", .count(of: "requests"), .neither, .sampled,
                "requests whose response took longer than half the stall"),
            MetricSpecification(
                "rate", .operationsPerSecond, .neither, .sampled, "requests a second that started"),
            MetricSpecification(
                "missed", .percent, .neither, .sampled,
                "requests that started later than intended by more than 1 us and 5 % of the mean "
                    + "interval, whatever the cause; open loop"),
            MetricSpecification(
                "unsent", .count(of: "requests"), .neither, .sampled,
                "requests that were meant to start and did not before the end; open loop"),
        ],
        processingUnits: 1,
        floor: "none: the answer is known",
        contradiction: { parameters, time in
            StalledQueue(parameters, time: time / 2).problem?.description
        })

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let queue = StalledQueue(context.request.parameters, time: context.time / 2)
        if let problem = queue.problem { throw problem }
        let pattern = try ArrivalPattern(parsing: context.text("arrivals"))
        try openLoop(pattern, over: queue, in: context, into: &recorder)
        try closedLoop(over: queue, in: context, into: &recorder)
    }

    private static func openLoop(
        _ pattern: ArrivalPattern, over queue: StalledQueue, in context: ForkContext,
        into recorder: inout Recorder
    ) throws {
        let ceiling = try GeneratorCeiling(
            measuring: pattern, for: min(.milliseconds(20), queue.time / 50),
            clock: context.clock, seed: Seed(context.request.seed).derived(for: "ceiling"))
        let schedule = ArrivalSchedule(
            pattern, rate: queue.rate, seed: Seed(context.request.seed).derived(for: "arrivals"))
        var server = SpinningServer(
            service: queue.service, stall: queue.stall, in: queue.time / 2, clock: context.clock)
        let result = try OpenLoop(schedule, for: queue.time, clock: context.clock)
            .run(&server, .uniform)
        let parameters = recorder.figureParameters().with("loop", "open")
        let doubts = result.doubts + [ceiling.doubt(at: queue.rate)].compactMap { $0 }
        func record(_ metric: String, _ value: Double) {
            recorder.record(metric, parameters, samples: [value], doubts: doubts)
        }
        recorder.record(
            "response", parameters, distribution: result.response, doubts: doubts)
        recorder.record("service", parameters, distribution: result.service, doubts: doubts)
        recorder.record("lateness", parameters, distribution: result.ownLateness, doubts: doubts)
        record("slow", Double(result.response.count(above: queue.stall / 2)))
        record("rate", result.achievedRate)
        record("missed", Double(result.missed) / Double(max(1, result.sent)) * 100)
        record("unsent", Double(result.unsent))
        StallExpectation(queue: queue, pattern: pattern).record(parameters, into: &recorder)
    }

    private static func closedLoop(
        over queue: StalledQueue, in context: ForkContext, into recorder: inout Recorder
    ) throws {
        var server = SpinningServer(
            service: queue.service, stall: queue.stall, in: queue.time / 2, clock: context.clock)
        // Thinking for the open loop's interval makes the two ask for nearly the same.
        let result = try ClosedLoop(
            for: queue.time, thinkTime: Nanoseconds(1e9 / queue.rate), clock: context.clock
        ).run(&server, .uniform)
        let parameters = recorder.figureParameters().with("loop", "closed")
        recorder.record("response", parameters, distribution: result.service)
        recorder.record("service", parameters, distribution: result.service)
        recorder.record(
            "slow", parameters,
            samples: [Double(result.service.count(above: queue.stall / 2))])
        recorder.record("rate", parameters, samples: [result.rate])
        recorder.note(result.note)
        guard queue.service < queue.stall / 2 else { return }
        recorder.expect(
            "slow", parameters, "median", .within(low: 1, high: 1),
            because: "a closed loop sends nothing while the server stands still, so one request "
                + "alone is slow")
        let cycle = 1e9 / queue.rate + queue.service.rawValue
        guard
            (queue.time - queue.stall).rawValue / cycle
                > Double(Quantile.sampleCountNeeded(forProbability: 0.999)) * 1.1
        else { return }
        recorder.expect(
            "response", parameters, "p99.9",
            .within(low: nil, high: max(queue.stall / 10, queue.service * 2).rawValue),
            because: "the one slow request lies above p99.9: the stall is not to be seen")
    }
}

extension StalledQueue {
    /// The queue that resolved parameters describe, over the time of one loop.
    init(_ parameters: ParameterSet, time: Nanoseconds) {
        func duration(_ name: String) -> Nanoseconds {
            guard let text = parameters[name], let value = try? Nanoseconds(parsing: text) else {
                preconditionFailure("parameter '\(name)' was not resolved to a time")
            }
            return value
        }
        guard let rate = parameters["rate"].flatMap(Double.init) else {
            preconditionFailure("parameter 'rate' was not resolved to a number")
        }
        self.init(
            rate: rate, time: time, stall: duration("stall"), service: duration("service"))
    }

    /// Why the loops cannot show what is known of the queue.
    var problem: LoadProblem? {
        if rate * time.inSeconds < 100 {
            return .tooFewRequests(rate: rate, time: time, least: 100)
        }
        return stall < time / 2 ? nil : .stallTooLong(stall: stall, time: time)
    }
}

extension LatencyDistribution {
    /// How many values are above `limit`, within the resolution of the buckets; overflow included.
    func count(above limit: Nanoseconds) -> UInt64 {
        buckets.filter { Double($0.picoseconds) > limit.rawValue * 1000 }
            .reduce(overflow) { $0 + $1.count }
    }
}
