import CNilometerShims
import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing

/// Messages by key from one sender to the workers of a pool.
enum PoolRoute: Benchmark {
    static let description = BenchmarkDescription(
        name: "pool.route",
        summary: "messages a second by key from one sender to the workers of a pool, each handled "
            + "before its window ends; by partitioner",
        parameters: [
            BenchmarkPool.workers(default: 2), BenchmarkPool.capacity,
            BenchmarkPool.waitParameter(default: .spinThenYield),
            ParameterSpecification(
                "keys", "keys drawn from", .integer(1...1_000_000), default: "65536"),
            BenchmarkPool.skew, BenchmarkPool.partitioners(contenderNames),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "messages sent and handled a second, mean of a window; waking the pool's workers, "
                    + "which sleep between its windows, is in it"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time of a message over that of consistent in the same round"),
            MetricSpecification(
                "hottest-share", .percent, .neither, .sampled,
                "messages that went to the worker that got most"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "time of a loop that only hashes the key and says which worker"),
        ],
        processingUnits: 2,
        floor: "hash of the key, and its worker by jump hash",
        isBlocking: true)

    private static let contenderNames = ["consistent", "hash", "round-robin"]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let names = context.words("contenders")
        let parameters = recorder.figureParameters(without: ["contenders"])
        let keys = try drawKeys(in: context)
        let routes = try names.map { name in
            try Route(configuration(name, in: context), keys: keys)
        }
        let bodies = routes.map(\.body) + [floor(keys, context.integer("workers"))]
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            window: .milliseconds(20), counters: context.counters
        ).run(bodies, for: context.time, order: &order)
        let analysis = WindowAnalysis(
            windows.filter { $0.contender < names.count }, contenders: names,
            parameters: parameters)
        analysis.record("throughput", into: &recorder) { 1e9 / $0 }
        analysis.recordRatios("relative", to: "consistent", into: &recorder)
        recorder.record(
            "floor", parameters,
            samples: windows.filter { $0.contender == names.count }.map(\.nanosecondsPerOperation))
        for (name, route) in zip(names, routes) {
            recorder.record(
                "hottest-share", parameters.with("contender", name),
                samples: [route.hottestShare])
            try route.pool.stop(within: BenchmarkPool.patience)
        }
        recorder.note(
            "the sender has a processing unit, the workers share those that are left of "
                + "\(context.request.processingUnits.count); all wait by \(context.text("wait"))")
    }

    private static func configuration(
        _ name: String, in context: ForkContext
    ) throws -> PoolConfiguration {
        let partitioning: Partitioning =
            switch name {
            case "consistent": .consistent
            case "hash": .hash
            case "round-robin": .roundRobin
            default: preconditionFailure("contender '\(name)' was accepted but does not exist")
            }
        return try BenchmarkPool.configuration(
            workers: context.integer("workers"), capacity: context.integer("capacity"),
            wait: context.text("wait"), partitioning: partitioning, in: context)
    }

    private static func drawKeys(in context: ForkContext) throws -> [UInt64] {
        var generator = context.generator(for: "keys")
        let count = UInt64(context.integer("keys"))
        let skew = context.number("skew")
        let zipf = skew > 0 ? ZipfDistribution(count: count, exponent: skew) : nil
        return (0..<1 << 16).map { _ in
            zipf?.next(using: &generator) ?? generator.next(below: count)
        }
    }

    private static func floor(_ keys: [UInt64], _ workers: Int) -> LoopBody {
        let partitioner = ConsistentPartitioner()
        return LoopBody { iterations in
            let span = keys.span
            for index in 0..<iterations {
                // SAFETY: the mask keeps the index below the number of keys, a power of two.
                let key = unsafe span[unchecked: index & 0xFFFF]
                nilometer_consume(UInt64(partitioner.index(of: key, among: workers)))
            }
        }
    }
}

/// A pool and the loop that sends to it.
struct Route {
    let pool: WorkerPool<SummingWorker>
    let body: LoopBody

    /// A pool of `configuration`, whose workers sleep unless the loop runs: those of several pools
    /// share processing units, and one that spins would take its neighbour's.
    init(_ configuration: PoolConfiguration, keys: [UInt64]) throws {
        let pool = try WorkerPool(SummingWorker(), configuration)
        self.pool = pool
        let ends = SenderHolder(pool.makeSender())
        var next = 0
        Route.rest(pool)
        body = LoopBody { iterations in
            var sender = ends.take()
            pool.resume()
            let span = keys.span
            for index in next..<next + iterations {
                // SAFETY: the mask keeps the index below the number of keys, a power of two.
                let key = unsafe span[unchecked: index & 0xFFFF]
                try sender.send(key, key: key)
            }
            next = (next + iterations) & 0xFFFF
            // What was sent is not done until it is handled: an answer comes after all before it.
            let answers = sender.gather(0, within: BenchmarkPool.patience)
            precondition(answers.isComplete, "not all workers answered in a minute")
            Route.rest(pool)
            ends.put(sender)
        }
    }

    /// Lets a pool sleep, and waits until it does.
    private static func rest(_ pool: WorkerPool<SummingWorker>) {
        pool.pause()
        for vitals in pool.vitals { while vitals.read().phase != .paused { sched_yield() } }
    }

    /// Per cent of the messages that went to the worker that got most.
    var hottestShare: Double {
        let loads = pool.statistics.map { Double($0.handled) }
        let sum = loads.reduce(0, +)
        return sum > 0 ? 100 * (loads.max() ?? 0) / sum : 0
    }
}

/// Keeps a sender between the windows of a loop, in which it is a local variable.
final class SenderHolder<Message: Sendable, Response: Sendable> {
    private var sender: PoolSender<Message, Response>?

    init(_ sender: consuming PoolSender<Message, Response>) { self.sender = consume sender }

    func take() -> PoolSender<Message, Response> {
        guard let sender = sender.take() else {
            preconditionFailure("a sender is taken while it is away")
        }
        return sender
    }

    func put(_ sender: consuming PoolSender<Message, Response>) { self.sender = consume sender }
}
