import Glibc
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
                "contenders", "wait strategies that run side by side",
                .subset(of: BenchmarkPool.waitStrategies),
                default: BenchmarkPool.waitStrategies.joined(separator: ",")),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "from the call of request to its return: medians of turns, and single ones for "
                    + "percentiles; a closed loop, so a late response delays the next request"),
            MetricSpecification(
                "ping", .nanoseconds, .lower, .sampled,
                "a ping and its pong, which go past the inbox"),
            MetricSpecification(
                "idle-cpu", .percent, .lower, .sampled,
                "processor time of the process while the pool has nothing to do: of one core, "
                    + "over a tenth of a second"),
        ],
        processingUnits: 2,
        floor: "two hand-overs of a cache line; for sleepers, two wake-ups by futex",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let names = context.words("contenders")
        let parameters = recorder.figureParameters(without: ["contenders"])
        for name in names {
            try measureIdle(name, parameters.with("contender", name), in: context, &recorder)
        }
        var order = context.generator(for: "order")
        var trips = names.map { Trips(name: $0) }
        let start = context.clock.begin()
        var round = 0
        // A pool at a time: one that spins would take the core from its neighbours.
        repeat {
            for index in Array(names.indices).shuffled(by: &order) {
                try takeTurn(&trips[index], in: context)
            }
            round += 1
        } while round < 5
            || context.clock.nanoseconds(from: start, to: context.clock.end())
                < context.time.rawValue
        for trip in trips {
            let own = parameters.with("contender", trip.name)
            recorder.record("latency", own, samples: trip.medians)
            recorder.record("latency", own, distribution: trip.distribution)
            recorder.record("ping", own, samples: trip.pings)
        }
    }

    private struct Trips {
        let name: String
        var medians: [Double] = []
        var pings: [Double] = []
        var distribution = LatencyDistribution()
    }

    private static func pool(
        _ wait: String, in context: ForkContext
    ) throws -> WorkerPool<SummingWorker> {
        try WorkerPool(
            SummingWorker(),
            BenchmarkPool.configuration(
                workers: 1, capacity: context.integer("capacity"), wait: wait, in: context))
    }

    private static func takeTurn(_ trips: inout Trips, in context: ForkContext) throws {
        let pool = try pool(trips.name, in: context)
        var sender = pool.makeSender()
        let gap = UInt32(context.integer("gap"))
        let requests = gap > 0 ? 50 : 1000
        // The first ones find caches that are cold.
        for _ in 0..<50 {
            _ = try sender.request(1, to: 0, timeout: BenchmarkPool.patience)
        }
        var times: [Double] = []
        for _ in 0..<requests {
            if gap > 0 { usleep(gap) }
            let begin = context.clock.begin()
            _ = try sender.request(1, to: 0, timeout: BenchmarkPool.patience)
            times.append(context.clock.nanoseconds(from: begin, to: context.clock.end()))
        }
        for time in times { trips.distribution.record(nanoseconds: time) }
        trips.medians.append(times.sorted()[times.count / 2])
        var pings: [Double] = []
        for _ in 0..<20 {
            let ping = try pool.ping(0, timeout: BenchmarkPool.patience)
            pings.append(ping / .nanoseconds(1))
        }
        trips.pings.append(pings.sorted()[pings.count / 2])
        try pool.stop(within: BenchmarkPool.patience)
    }

    private static func measureIdle(
        _ name: String, _ parameters: ParameterSet, in context: ForkContext,
        _ recorder: inout Recorder
    ) throws {
        let pool = try pool(name, in: context)
        _ = try pool.request(1, to: 0, timeout: BenchmarkPool.patience)
        // The worker has spun for its while, and sleeps, if it does.
        usleep(5000)
        let (before, start) = (BenchmarkPool.processorTime(), context.clock.begin())
        usleep(100_000)
        let burnt = BenchmarkPool.processorTime() - before
        let lasted = context.clock.nanoseconds(from: start, to: context.clock.end())
        recorder.record("idle-cpu", parameters, samples: [100 * burnt / lasted])
        try pool.stop(within: BenchmarkPool.patience)
    }
}
