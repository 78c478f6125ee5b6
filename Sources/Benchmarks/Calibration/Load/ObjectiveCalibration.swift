import LoadGeneration
import Measurement
import Quantities
import Randomness

/// A known answer: the highest rate under an objective of a server whose speed is known, and the
/// waits before it that queueing theory gives.
enum ObjectiveCalibration: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.objective",
        summary: "the search for the highest rate that meets a latency objective, over a server of "
            + "known speed, and the mean wait before that server against queueing theory",
        parameters: [
            ParameterSpecification(
                "service", "what the server takes for a request",
                .duration(.microseconds(1)...(.milliseconds(10))), default: "50us"),
            ParameterSpecification(
                "percentile", "the percentile of the response time that the objective is about",
                .number(1...100), default: "99"),
            ParameterSpecification(
                "objective", "what that percentile must not exceed",
                .duration(.microseconds(1)...(.seconds(10))), default: "1ms"),
            ParameterSpecification(
                "step", "how long a rate is tried",
                .duration(.milliseconds(1)...(.seconds(60))), default: "50ms"),
        ],
        distinctions: ["utilisation"],
        metrics: [
            MetricSpecification(
                "rate", .operationsPerSecond, .higher, .sampled,
                "the highest rate found that meets the objective, arrivals with equal gaps"),
            MetricSpecification(
                "missed", .operationsPerSecond, .neither, .sampled,
                "the next higher rate tried, which misses it"),
            MetricSpecification(
                "wait", .nanoseconds, .lower, .sampled,
                "mean time from intended to actual start with Poisson arrivals, mean of a window, "
                    + "at a share of the rate at which the server is never idle"),
        ],
        processingUnits: 1,
        floor: "none: the answer is known",
        contradiction: { parameters, _ in ObjectiveQuestion(parameters).problem?.description })

    /// Shares of the rate at which the server is never idle.
    private static let utilisations = [0.5, 0.7]
    private static let waitRounds = 10

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try searches(for: context.time * 0.6, in: context, into: &recorder)
        try waits(for: context.time * 0.4, in: context, into: &recorder)
    }

    // MARK: the search

    private static func searches(
        for time: Nanoseconds, in context: ForkContext, into recorder: inout Recorder
    ) throws {
        let clock = context.clock
        let ceiling = try GeneratorCeiling(
            measuring: .constant, for: min(.milliseconds(20), time / 20), clock: clock,
            seed: Seed(context.request.seed))
        let question = ObjectiveQuestion(context.request.parameters)
        // Above half the ceiling nothing is trusted.
        let highest = ceiling.rate / 2
        if let problem = question.obstacle(upTo: highest, of: "half of the generator's ceiling") {
            throw problem
        }
        var found = Searches(question)
        let start = clock.begin()
        var left = time
        while left > .zero, found.isWorthAnother(within: left, of: time) {
            var search = RateSearch(in: question.lowestRate...highest)
            let isFinished = try search.run(for: left, clock: clock) { rate in
                try question.verdict(at: rate, seed: Seed(context.request.seed), clock: clock)
            }
            found.add(search, isFinished: isFinished)
            left = time - Nanoseconds(clock.nanoseconds(from: start, to: clock.end()))
        }
        found.record(into: &recorder)
    }

    // MARK: the waits

    private static func waits(
        for time: Nanoseconds, in context: ForkContext, into recorder: inout Recorder
    ) throws {
        let service = context.duration("service")
        let window = time / Double(waitRounds * utilisations.count)
        let capacity = try capacity(of: service, for: window, in: context)
        var samples = [[Double]](repeating: [], count: utilisations.count)
        var doubts = [[String]](repeating: [], count: utilisations.count)
        var order = context.generator(for: "order")
        for round in 0..<waitRounds {
            for index in Array(utilisations.indices).shuffled(by: &order) {
                let seed = Seed(context.request.seed).derived(for: "wait-\(index)")
                let schedule = ArrivalSchedule(
                    .poisson, rate: utilisations[index] * capacity,
                    seed: seed.derived(for: round))
                var server = SpinningServer(service: service, clock: context.clock)
                let result = try OpenLoop(schedule, for: window, clock: context.clock)
                    .run(&server, .uniform)
                samples[index].append(result.meanLateness.rawValue)
                if !result.keptUp, doubts[index].isEmpty {
                    doubts[index].append("a backlog was left at the end of a window")
                }
            }
        }
        for (index, utilisation) in utilisations.enumerated() {
            let parameters = recorder.figureParameters(
                without: ["percentile", "objective", "step"]
            ).with("utilisation", "\(utilisation)")
            recorder.record(
                "wait", parameters, samples: samples[index], doubts: doubts[index])
            guard isLongEnough(service) else { continue }
            let mean = QueueTheory.meanWait(utilisation: utilisation, service: service).rawValue
            recorder.expect(
                "wait", parameters, "median", .within(low: 0.85 * mean, high: 1.15 * mean),
                because: "Pollaczek and Khinchine's formula gives \(Nanoseconds(mean)) for M/D/1; "
                    + "15 % for the skewed means of windows, and the generator's own time")
        }
    }

    /// Requests a second of the server when requests are always waiting: the generator's own time
    /// between two of them is part of what the next one waits for, so utilisation is a share of this.
    /// The better of two tries, since what disturbs one only takes away from it.
    private static func capacity(
        of service: Nanoseconds, for time: Nanoseconds, in context: ForkContext
    ) throws -> Double {
        var best = 0.0
        for _ in 0..<2 {
            var server = SpinningServer(service: service, clock: context.clock)
            let schedule = ArrivalSchedule(.constant, rate: 1e9, seed: Seed(0))
            let result = try OpenLoop(schedule, for: time / 2, clock: context.clock)
                .run(&server, .uniform)
            best = max(best, result.achievedRate)
        }
        return best
    }

    /// Whether the generator's own time, up to 0.3 us a request, is small beside the server's.
    static func isLongEnough(_ service: Nanoseconds) -> Bool { service >= .microseconds(10) }
}

/// What repeated searches found.
private struct Searches {
    private let question: ObjectiveQuestion
    private var met: [Double] = []
    private var missed: [Double] = []
    private var doubts: [String] = []
    private var notes: [String] = []
    private var count = 0

    init(_ question: ObjectiveQuestion) { self.question = question }

    /// Whether one more search may be done within `left`: the first always, others when those before
    /// needed less on average.
    func isWorthAnother(within left: Nanoseconds, of time: Nanoseconds) -> Bool {
        count == 0 || left > (time - left) / Double(count)
    }

    mutating func add(_ search: RateSearch, isFinished: Bool) {
        count += 1
        if let outcome = search.outcome {
            notes.append("\(outcome)")
            if case .unreachable = outcome { doubts.append("\(outcome)") }
            if case .neverMissed = outcome, isFinished {
                doubts.append("met even at half of the generator's ceiling")
            }
        } else {
            notes.append("no rate was tried often enough")
        }
        if search.undecided > 0 {
            notes.append(
                "\(search.undecided) trials had fewer than the "
                    + "\(question.objective.requestsNeeded) requests that are needed")
            doubts.append("trials had too few requests for the percentile")
        }
        if !isFinished { doubts.append("the search ran out of time: the bracket is wide") }
        if let rate = search.met { met.append(rate) }
        if let rate = search.missed { missed.append(rate) }
    }

    func record(into recorder: inout Recorder) {
        let (objective, service) = (question.objective, question.service)
        let parameters = recorder.figureParameters()
        // What was not found has no figure; why is in the notes.
        if !met.isEmpty { recorder.record("rate", parameters, samples: met, doubts: doubts) }
        if !missed.isEmpty {
            recorder.record("missed", parameters, samples: missed, doubts: doubts)
        }
        for note in notes where !doubts.isEmpty { recorder.note("\(objective): \(note)") }
        guard ObjectiveCalibration.isLongEnough(service), objective.limit > service * 2 else {
            return
        }
        let capacity = 1e9 / service.rawValue
        // A backlog that grows for a step up to the limit goes unnoticed.
        let slack = objective.limit / question.step
        recorder.expect(
            "rate", parameters, "median",
            .within(low: 0.9 * capacity, high: (1.01 + slack) * capacity),
            because: "equal gaps are served without a wait up to one request per service time; "
                + "10 % below for the generator's own time and the search's resolution, "
                + "the limit over the step above")
    }
}
