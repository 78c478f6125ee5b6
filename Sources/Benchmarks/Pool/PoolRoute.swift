import CNilometerShims
import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing
import ShenRing

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
            ParameterSpecification(
                "skew", "exponent of Zipf's law by which keys are drawn; 0 for evenly",
                .number(0...3), default: "0"),
            ParameterSpecification(
                "contenders", "partitioners that run side by side", .subset(of: contenderNames),
                default: contenderNames.joined(separator: ",")),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "messages sent and handled a second, mean of a window"),
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
        let routes = try names.map { try Route($0, keys: keys, in: context) }
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
                + "\(context.request.processingUnits.count)")
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
private struct Route {
    let pool: WorkerPool<SummingWorker>
    let body: LoopBody

    init(_ name: String, keys: [UInt64], in context: ForkContext) throws {
        let partitioning: Partitioning =
            switch name {
            case "consistent": .consistent
            case "hash": .hash
            case "round-robin": .roundRobin
            default: preconditionFailure("contender '\(name)' was accepted but does not exist")
            }
        let pool = try WorkerPool(
            SummingWorker(),
            BenchmarkPool.configuration(
                workers: context.integer("workers"), capacity: context.integer("capacity"),
                wait: context.text("wait"), partitioning: partitioning, in: context))
        self.pool = pool
        let ends = SenderHolder(pool.makeSender())
        var next = 0
        var sent: UInt64 = 0
        body = LoopBody { iterations in
            var sender = ends.take()
            let span = keys.span
            for index in next..<next + iterations {
                // SAFETY: the mask keeps the index below the number of keys, a power of two.
                let key = unsafe span[unchecked: index & 0xFFFF]
                while !sender.trySend(key, key: key).isSent { sched_yield() }
            }
            next = (next + iterations) & 0xFFFF
            sent += UInt64(iterations)
            // What was sent is not done until it is handled.
            while pool.statistics.reduce(0, { $0 + $1.handled }) < sent { sched_yield() }
            ends.put(sender)
        }
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
