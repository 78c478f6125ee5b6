import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing
import Synchronization

/// A pool that grows and shrinks by one worker while messages flow.
enum PoolResize: Benchmark {
    static let description = BenchmarkDescription(
        name: "pool.resize",
        summary: "one worker more, and one less, while a sender sends by key: how long it takes, "
            + "and what becomes of messages and keys",
        parameters: [
            BenchmarkPool.workers(default: 4), BenchmarkPool.capacity,
            BenchmarkPool.waitParameter(default: .spinThenPark),
            BenchmarkPool.skew, BenchmarkPool.partitioners(["consistent", "hash"]),
        ],
        distinctions: ["direction"],
        metrics: [
            MetricSpecification(
                "time", .nanoseconds, .lower, .sampled,
                "from the call of resize until all workers have gone over to the new routing: by "
                    + "direction, grow or shrink"),
            MetricSpecification(
                "lost", .count(of: "messages"), .lower, .sampled,
                "messages that were accepted and never handled"),
            MetricSpecification(
                "out-of-order", .count(of: "messages"), .lower, .sampled,
                "messages that were handled before one that was sent earlier to their key"),
            MetricSpecification(
                "messages", .count(of: "messages"), .neither, .sampled,
                "messages that were sent meanwhile"),
        ],
        processingUnits: 2,
        floor: "an inbox for each worker, a thread for the new one",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let parameters = recorder.figureParameters(without: ["contenders"])
        for name in context.words("contenders") {
            let trial = try ResizeTrial(name, in: context)
            let times = try trial.run(for: context.time.rawValue / 2, clock: context.clock)
            let own = parameters.with("contender", name)
            for (direction, times) in [("grow", times.growing), ("shrink", times.shrinking)] {
                recorder.record(
                    "time", own.with("direction", direction), samples: Array(times.dropFirst()),
                    warmup: Array(times.prefix(1)))
            }
            recorder.record("lost", own, samples: [Double(trial.sent - trial.handled)])
            recorder.record("out-of-order", own, samples: [Double(trial.disorder)])
            recorder.record("messages", own, samples: [Double(trial.sent)])
            recorder.expect(
                "lost", own, "median", .within(low: 0, high: 0),
                because: "what was accepted is handled")
            recorder.expect(
                "out-of-order", own, "median", .within(low: 0, high: 0),
                because: "messages of one sender and key are handled in their order")
        }
    }
}

/// Checks that the numbers of each key come in order, across workers.
private struct OrderedWorker: Worker {
    static let keys = 256
    let last: Numbers

    /// The last number of each key, and how many came too early or too late.
    ///
    /// Beside the pool, because a key changes its worker: the pool's hand-over orders the accesses.
    final class Numbers: Sendable {
        /// That of a key.
        final class Last: Sendable {
            let number = Atomic<UInt64>(0)
        }

        let disorder = Atomic(0)
        let handled = Atomic(0)
        private let last = (0..<OrderedWorker.keys).map { _ in Last() }

        func see(_ key: Int, _ number: UInt64) {
            let before = last[key].number.exchange(number, ordering: .relaxed)
            if before + 1 != number { disorder.add(1, ordering: .relaxed) }
            handled.add(1, ordering: .relaxed)
        }
    }

    func start(_ context: borrowing WorkerContext<UInt64, Void>) {}

    func handle(
        _ message: UInt64, _ state: inout Void, _ context: borrowing WorkerContext<UInt64, Void>
    ) {
        last.see(Int(message & 0xFF), message >> 8)
    }
}

/// One pool, resized under fire.
private final class ResizeTrial {
    private let pool: WorkerPool<OrderedWorker>
    private let workers: Int
    private let numbers = OrderedWorker.Numbers()
    private let senderUnit: Int
    private let traffic: Traffic
    private(set) var sent = 0

    /// Nanoseconds of each resize.
    struct Times {
        var growing: [Double] = []
        var shrinking: [Double] = []
    }

    init(_ name: String, in context: ForkContext) throws {
        workers = context.integer("workers")
        senderUnit = context.processingUnit
        traffic = Traffic(
            skew: context.number("skew"), seed: Seed(context.request.seed))
        pool = try WorkerPool(
            OrderedWorker(last: numbers),
            BenchmarkPool.configuration(
                workers: workers, capacity: context.integer("capacity"),
                wait: context.text("wait"),
                partitioning: name == "hash" ? .hash : .consistent, in: context))
    }

    var handled: Int { numbers.handled.load(ordering: .acquiring) }
    var disorder: Int { numbers.disorder.load(ordering: .acquiring) }

    /// Resizes for a time while messages flow.
    func run(for span: Double, clock: TickClock) throws -> Times {
        let (pool, traffic) = (self.pool, self.traffic)
        let thread = try PinnedThread(pu: senderUnit, name: "sender") { traffic.send(to: pool) }
        let times: Times
        do {
            // Also where a resize fails: the sender would not end by itself.
            defer {
                traffic.isOver.store(true, ordering: .releasing)
                thread.join()
            }
            times = try resizes(for: span, clock: clock)
        }
        try pool.stop(within: BenchmarkPool.patience)
        sent = traffic.sent.load(ordering: .acquiring)
        return times
    }

    private func resizes(for span: Double, clock: TickClock) throws -> Times {
        func time(to count: Int) throws -> Double {
            let begin = clock.begin()
            try pool.resize(to: count, within: BenchmarkPool.patience)
            return clock.nanoseconds(from: begin, to: clock.end())
        }
        var times = Times()
        let start = clock.begin()
        repeat {
            times.growing.append(try time(to: workers + 1))
            times.shrinking.append(try time(to: workers))
        } while times.growing.count < 6
            || clock.nanoseconds(from: start, to: clock.end()) < span
        return times
    }
}

/// Numbers by key, until it is over.
private final class Traffic: Sendable {
    let isOver = Atomic(false)
    let sent = Atomic(0)
    private let skew: Double
    private let seed: Seed

    init(skew: Double, seed: Seed) {
        self.skew = skew
        self.seed = seed
    }

    func send(to pool: WorkerPool<OrderedWorker>) {
        var generator = seed.derived(for: "traffic").generator()
        let count = UInt64(OrderedWorker.keys)
        let zipf = skew > 0 ? ZipfDistribution(count: count, exponent: skew) : nil
        var sender = pool.makeSender()
        var numbers = [UInt64](repeating: 0, count: OrderedWorker.keys)
        var accepted = 0
        while !isOver.load(ordering: .acquiring) {
            let key = Int(zipf?.next(using: &generator) ?? generator.next(below: count))
            let message = (numbers[key] + 1) << 8 | UInt64(key)
            guard case .sent = sender.trySend(message, key: key) else {
                sched_yield()
                continue
            }
            numbers[key] += 1
            accepted += 1
        }
        sent.store(accepted, ordering: .releasing)
    }
}
