import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing

/// Requests to a worker of a pool, one after the other, and what waiting for them costs.
enum PoolRoundTrip: Benchmark {
    static let description = BenchmarkDescription(
        name: "pool.roundtrip",
        summary: "a request to a worker of a pool and its response, by how the two wait, and the "
            + "processor time of a pool without work",
        parameters: [
            BenchmarkPool.capacity,
            ParameterSpecification(
                "gap", "microseconds of quiet before each request", .integer(0...100_000),
                default: "0"),
            ParameterSpecification(
                "contenders",
                "wait strategies that run side by side, and a word each way in the place of a pool, "
                    + "on which the thread that answers sleeps, or both do (-both)",
                .subset(of: contenderNames), default: contenderNames.joined(separator: ",")),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "from the call of request to its return, to a worker by its index: medians of "
                    + "turns, without a gap over means of 64, and single ones for percentiles; a "
                    + "closed loop, so a late response delays the next request"),
            MetricSpecification(
                "by-key", .nanoseconds, .lower, .sampled,
                "the same by a key, whose worker is found first"),
            MetricSpecification(
                "ping", .nanoseconds, .lower, .sampled,
                "a ping and its pong, which go past the inbox"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "a cache line there and back between the two cores, before and after each turn"),
            MetricSpecification(
                "floor-ratio", .ratio, .neither, .sampled, "latency over the floor beside it"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "latency over that of futex in the same round: a worker that sleeps is woken, as "
                    + "the thread there is"),
            MetricSpecification(
                "idle-cpu", .percent, .lower, .sampled,
                "processor time of all threads but the measuring one while the pool has nothing to "
                    + "do, of one core"),
        ],
        processingUnits: 2,
        floor: "two hand-overs of a cache line; for sleepers, the wake-up by futex beside it",
        isBlocking: true)

    private static let contenderNames =
        BenchmarkPool.waitStrategies + FutexTrip.Requester.allCases.map(\.rawValue)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let names = context.words("contenders")
        let parameters = recorder.figureParameters(without: ["contenders"])
        for name in names where BenchmarkPool.waitStrategies.contains(name) {
            try recordIdle(name, parameters.with("contender", name), in: context, &recorder)
        }
        let probe = FloorProbe(firstBody: 0)
        let partner = try PartnerThread(
            on: context.request.processingUnits[1], bodies: probe.bodies)
        defer { partner.stop() }
        var order = context.generator(for: "order")
        var turns = names.map { _ in [RoundTripTurn]() }
        let start = context.clock.begin()
        var round = 0
        // A pool at a time: one that spins would take the core from its neighbours.
        repeat {
            for index in Array(names.indices).shuffled(by: &order) {
                let before = try probe.read(with: partner, clock: context.clock)
                var taken: Result<RoundTripTurn, any Error>?
                partner.resting {
                    taken = Result { try RoundTripTurn(by: names[index], in: context) }
                }
                let after = try probe.read(with: partner, clock: context.clock)
                if var turn = try taken?.get() {
                    turn.floors = [before, after]
                    turn.round = round
                    turns[index].append(turn)
                }
            }
            round += 1
        } while round < 5
            || context.clock.nanoseconds(from: start, to: context.clock.end())
                < context.time.rawValue
        let least = zip(names, turns).first { $0.0 == FutexTrip.Requester.looks.rawValue }?.1 ?? []
        for (name, turns) in zip(names, turns) {
            record(turns, beside: least, parameters.with("contender", name), into: &recorder)
        }
    }

    /// Turns by where the two cores were; `least` are those of the bare wake-up, one a round.
    private static func record(
        _ turns: [RoundTripTurn], beside least: [RoundTripTurn], _ parameters: ParameterSet,
        into recorder: inout Recorder
    ) {
        for placement in Placement.allCases {
            let turns = turns.filter { $0.placement == placement }
            if turns.isEmpty { continue }
            let own = parameters.with("placement", placement.rawValue)
            let doubts = placement == .moved ? ["cores moved during the window"] : []
            recorder.record("latency", own, samples: turns.map(\.latency), doubts: doubts)
            let optional = [
                ("by-key", turns.compactMap(\.byKey)), ("ping", turns.compactMap(\.ping)),
                ("relative", ratios(of: turns, to: least)),
            ]
            for (metric, samples) in optional where !samples.isEmpty {
                recorder.record(metric, own, samples: samples, doubts: doubts)
            }
            recorder.record("floor", own, samples: turns.map(\.floor), doubts: doubts)
            recorder.record(
                "floor-ratio", own, samples: turns.map { $0.latency / $0.floor }, doubts: doubts)
            var distribution = LatencyDistribution()
            for time in turns.flatMap(\.singles) { distribution.record(nanoseconds: time) }
            recorder.record("latency", own, distribution: distribution, doubts: doubts)
        }
    }

    /// Each turn's latency over that of the turn of `least` in its round.
    static func ratios(of turns: [RoundTripTurn], to least: [RoundTripTurn]) -> [Double] {
        turns.compactMap { turn in
            least.first { $0.round == turn.round }.map { turn.latency / $0.latency }
        }
    }

    /// Processor time of a pool without work, in samples of 20 ms.
    private static func recordIdle(
        _ name: String, _ parameters: ParameterSet, in context: ForkContext,
        _ recorder: inout Recorder
    ) throws {
        let pool = try RoundTripTurn.pool(name, in: context)
        _ = try pool.request(1, to: 0, timeout: BenchmarkPool.patience)
        // The worker has spun for its while, and sleeps, if it does.
        usleep(5000)
        var samples: [Double] = []
        for _ in 0..<5 {
            let (before, start) = (BenchmarkPool.othersProcessorTime(), context.clock.begin())
            usleep(20_000)
            let burnt = BenchmarkPool.othersProcessorTime() - before
            let lasted = context.clock.nanoseconds(from: start, to: context.clock.end())
            // Two clocks are read one after the other: nothing may come to less.
            samples.append(max(0, 100 * burnt / lasted))
        }
        recorder.record("idle-cpu", parameters, samples: samples)
        if name == Profile.WaitStrategy.spinThenPark.rawValue {
            recorder.expect(
                "idle-cpu", parameters, "median", .within(low: 0, high: 0.1),
                because: "a worker that sleeps until it is woken uses no processor")
        }
        try pool.stop(within: BenchmarkPool.patience)
    }
}
