import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing

/// Messages to all workers of a pool.
enum PoolBroadcast: Benchmark {
    static let description = BenchmarkDescription(
        name: "pool.broadcast",
        summary: "a message to every worker of a pool, and a question to every worker with all "
            + "answers",
        parameters: [
            BenchmarkPool.workers(default: 4), BenchmarkPool.capacity,
            BenchmarkPool.waitParameter(default: .spinThenYield),
            ParameterSpecification(
                "contenders", "what is done with all workers", .subset(of: contenderNames),
                default: contenderNames.joined(separator: ",")),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "from the call to its return: means of turns, which begin with empty inboxes; a "
                    + "broadcast returns when all inboxes have the message, a gathering when all "
                    + "answers are there"),
            MetricSpecification(
                "per-worker", .nanoseconds, .lower, .sampled, "that over the workers"),
        ],
        processingUnits: 2,
        floor: "a send to each inbox; for a gathering a round trip to the last one besides",
        isBlocking: true)

    private static let contenderNames = ["broadcast", "gather"]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let names = context.words("contenders")
        let parameters = recorder.figureParameters(without: ["contenders"])
        let workers = context.integer("workers")
        let pool = try WorkerPool(
            SummingWorker(),
            BenchmarkPool.configuration(
                workers: workers, capacity: context.integer("capacity"),
                wait: context.text("wait"), in: context))
        let bodies = names.map { name in
            QuietStart(
                of: pool,
                SingleOperations(name == "gather" ? gathering(pool) : broadcasting(pool)))
        }
        var order = context.generator(for: "order")
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: 100, counters: context.counters
        ).run(bodies, for: context.time, order: &order)
        for (index, name) in names.enumerated() {
            // The first turn finds cold caches.
            let own = turns.filter { $0.contender == index }
            let means = own.dropFirst().map(\.mean)
            let figure = parameters.with("contender", name)
            recorder.record(
                "latency", figure, samples: means, warmup: own.prefix(1).map(\.mean))
            recorder.record("per-worker", figure, samples: means.map { $0 / Double(workers) })
        }
        try pool.stop(within: BenchmarkPool.patience)
    }

    private static func broadcasting(_ pool: WorkerPool<SummingWorker>) -> LoopBody {
        let holder = SenderHolder(pool.makeSender())
        return LoopBody { iterations in
            var sender = holder.take()
            for _ in 0..<iterations {
                try sender.broadcast(1, timeout: BenchmarkPool.patience)
            }
            holder.put(sender)
        }
    }

    private static func gathering(_ pool: WorkerPool<SummingWorker>) -> LoopBody {
        let holder = SenderHolder(pool.makeSender())
        return LoopBody { iterations in
            var sender = holder.take()
            for _ in 0..<iterations {
                let gathering = sender.gather(1, within: BenchmarkPool.patience)
                precondition(gathering.isComplete, "not all workers answered in a minute")
            }
            holder.put(sender)
        }
    }
}

/// Turns that begin when the workers have handled what the turn before left to them.
private final class QuietStart: TimedTurns {
    private let pool: WorkerPool<SummingWorker>
    private let turns: any TimedTurns

    init(of pool: WorkerPool<SummingWorker>, _ turns: any TimedTurns) {
        self.pool = pool
        self.turns = turns
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        // Each worker answers after all that it was sent before.
        let answers = pool.gather(0, within: BenchmarkPool.patience)
        precondition(answers.isComplete, "not all workers answered in a minute")
        return try turns.turn(operations: operations, clock: clock)
    }
}
