import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing
import Synchronization

/// What a pool promises, counted: exact, and tried again in every fork.
enum PoolGuarantees: Benchmark {
    static let description = BenchmarkDescription(
        name: "pool.guarantees",
        summary: "what a pool promises, counted: messages lost at a stop, the bound of an inbox, "
            + "a broadcast with one worker down, control messages, partitioners, what is shared",
        parameters: [
            BenchmarkPool.workers(default: 3),
            ParameterSpecification(
                "capacity", "messages that an inbox holds", .integer(2...65_536), default: "1024"),
            BenchmarkPool.waitParameter(default: .spinThenPark),
            ParameterSpecification(
                "messages", "messages in flight when the pool is stopped",
                .integer(1...1_000_000), default: "3000"),
        ],
        metrics: [
            MetricSpecification(
                "zero-config", .count(of: "pools"), .higher, .sampled,
                "pools made of nothing but their worker that answered a request, of one"),
            MetricSpecification(
                "lost-at-stop", .count(of: "messages"), .lower, .sampled,
                "messages that were accepted before a graceful stop, and not handled"),
            MetricSpecification(
                "accepted", .count(of: "messages"), .neither, .sampled,
                "messages that an inbox took while its worker handled none"),
            MetricSpecification(
                "broadcast-unaccounted", .count(of: "workers"), .lower, .sampled,
                "workers that a broadcast neither reached nor named, with one full and one ended"),
            MetricSpecification(
                "control-obeyed", .percent, .higher, .sampled,
                "of a pause, a ping in it, a resume and a ping after it, those that worked"),
            MetricSpecification(
                "shared", .count(of: "objects"), .lower, .exact,
                "of the states of eight workers and the memory that they own, those that two "
                    + "workers named, and states that two threads wrote to"),
            MetricSpecification(
                "local", .percent, .higher, .sampled,
                "workers whose state is in memory of the NUMA node that they run on"),
            MetricSpecification(
                "turns-difference", .count(of: "messages"), .lower, .exact,
                "messages of the worker that handled most less those of the one that handled "
                    + "fewest, of those that one sender sent in turn, most of them to a full inbox"),
            MetricSpecification(
                "rule-obeyed", .percent, .higher, .exact,
                "messages that were handled by the worker that the caller's own rule names, or "
                    + "refused where it names none"),
        ],
        processingUnits: 2,
        floor: "none: counted",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try BenchmarkPool.examineMachine()
        let parameters = recorder.figureParameters()
        let workers = context.integer("workers")
        let known: [(metric: String, value: Double, expected: Double, reason: String)] = [
            ("zero-config", try zeroConfig(), 1, "the call that makes it has the worker alone"),
            (
                "lost-at-stop", Double(try lostAtStop(in: context)), 0,
                "what was accepted is handled"
            ),
            (
                "accepted", Double(try accepted(in: context)),
                Double(context.integer("capacity")), "an inbox holds its capacity, no more, no less"
            ),
            (
                "broadcast-unaccounted",
                Double(try unaccounted(workers: max(3, workers), in: context)), 0,
                "a broadcast reaches a worker or names it"
            ),
            ("control-obeyed", try controlObeyed(in: context), 100, "every order is obeyed"),
        ]
        for (metric, value, expected, reason) in known {
            recorder.record(metric, parameters, samples: [value])
            recorder.expect(
                metric, parameters, "median", .within(low: expected, high: expected),
                because: reason)
        }
        try recordHoldings(in: context, parameters, into: &recorder)
        try recordPartitions(in: context, parameters, into: &recorder)
    }

    /// What eight workers share, and where their states are.
    private static func recordHoldings(
        in context: ForkContext, _ parameters: ParameterSet, into recorder: inout Recorder
    ) throws {
        let pool = try WorkerPool(
            LedgerWorker(),
            BenchmarkPool.configuration(
                workers: 8, capacity: context.integer("capacity"), wait: context.text("wait"),
                in: context))
        let holdings = try WorkerHoldings.ofWorkers(of: pool, after: 10_000)
        try pool.stop(within: BenchmarkPool.patience)
        // A worker that did not answer has not shown that it shares nothing.
        let unknown = 8 - holdings.count
        recorder.record(
            "shared", parameters,
            samples: [Double(WorkerHoldings.shared(among: holdings) + unknown)])
        recorder.expect(
            "shared", parameters, "exact", .within(low: 0, high: 0),
            because: "each worker makes a state of its own, on its own thread")
        let known = holdings.compactMap(\.isLocal)
        guard !known.isEmpty else {
            recorder.note("local: unavailable, the kernel does not say on which node memory is")
            return
        }
        recorder.record(
            "local", parameters,
            samples: [100 * Double(known.count { $0 }) / Double(known.count)])
    }

    /// What becomes of messages in turn and of those by a rule.
    private static func recordPartitions(
        in context: ForkContext, _ parameters: ParameterSet, into recorder: inout Recorder
    ) throws {
        let configuration = try BenchmarkPool.configuration(
            workers: 4, capacity: context.integer("capacity"), wait: context.text("wait"),
            in: context)
        let difference = try PoolPartitions.differenceOfTurns(configuration, messages: 1001)
        recorder.record("turns-difference", parameters, samples: [Double(difference)])
        recorder.expect(
            "turns-difference", parameters, "exact", .within(low: 1, high: 1),
            because: "1001 messages to 4 workers in turn")
        let keys = 700
        let obeyed = try PoolPartitions.obeying(
            PoolPartitions.gappedRule, configuration, keys: keys)
        recorder.record(
            "rule-obeyed", parameters, samples: [100 * Double(obeyed) / Double(keys)])
        recorder.expect(
            "rule-obeyed", parameters, "exact", .within(low: 100, high: 100),
            because: "a rule decides, and what it cannot mean is refused")
    }

    private static func zeroConfig() throws -> Double {
        let pool = try WorkerPool(SummingWorker())
        defer { try? pool.stop(within: BenchmarkPool.patience) }
        return try pool.request(7, key: UInt64(1), timeout: BenchmarkPool.patience) == 7 ? 1 : 0
    }

    private static func pool(
        of worker: GatedWorker = GatedWorker(), workers: Int,
        policy: any FailurePolicy = DiscardFailures(), in context: ForkContext
    ) throws -> WorkerPool<GatedWorker> {
        try WorkerPool(
            worker,
            BenchmarkPool.configuration(
                workers: workers, capacity: context.integer("capacity"),
                wait: context.text("wait"), in: context),
            policy: policy)
    }

    private static func lostAtStop(in context: ForkContext) throws -> Int {
        let pool = try pool(workers: context.integer("workers"), in: context)
        let messages = context.integer("messages")
        for number in 0..<messages { try pool.send(.nothing, key: number) }
        try pool.stop(within: BenchmarkPool.patience)
        return messages - Int(pool.statistics.reduce(0) { $0 + $1.handled })
    }

    private static func accepted(in context: ForkContext) throws -> Int {
        let pool = try pool(workers: 1, in: context)
        let gate = BenchmarkGate()
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        var sender = pool.makeSender()
        var accepted = 0
        while sender.trySend(.nothing, to: 0).isSent { accepted += 1 }
        gate.open()
        try pool.stop(within: BenchmarkPool.patience)
        return accepted
    }

    private static func unaccounted(workers: Int, in context: ForkContext) throws -> Int {
        let worker = GatedWorker()
        let pool = try pool(of: worker, workers: workers, policy: EndAtOnce(), in: context)
        let gate = BenchmarkGate()
        try pool.send(.stand(gate), to: 0)
        gate.awaitArrival()
        var sender = pool.makeSender()
        while sender.trySend(.nothing, to: 0).isSent {}
        try pool.send(.fail, to: 1)
        while pool.vitals[1].read().phase != .ended { sched_yield() }
        var named = 0
        do throws(BroadcastFailure) {
            try sender.broadcast(.mark, timeout: .zero)
        } catch {
            named = error.missed.count
        }
        gate.open()
        try pool.stop(within: BenchmarkPool.patience)
        return workers - named - worker.marks.count.load(ordering: .relaxed)
    }

    private static func controlObeyed(in context: ForkContext) throws -> Double {
        let pool = try pool(workers: 1, in: context)
        var obeyed = 0
        try pool.pause(0)
        while pool.vitals[0].read().phase != .paused { sched_yield() }
        try pool.send(.nothing, to: 0)
        if (try? pool.ping(0, timeout: BenchmarkPool.patience)) != nil { obeyed += 1 }
        if pool.statistics[0].handled == 0 { obeyed += 1 }
        try pool.resume(0)
        if (try? pool.request(.nothing, to: 0, timeout: BenchmarkPool.patience)) != nil,
            pool.statistics[0].handled >= 1
        {
            obeyed += 1
        }
        if (try? pool.ping(0, timeout: BenchmarkPool.patience)) != nil { obeyed += 1 }
        try pool.stop(within: BenchmarkPool.patience)
        return Double(obeyed) * 100 / 4
    }
}

/// Ends a worker at its first failure.
private struct EndAtOnce: FailurePolicy {
    func decide(_ failure: WorkerFailure, now: MonotonicTime) -> FailureDecision { .stop }
}

/// Holds a worker in the middle of a message.
private final class BenchmarkGate: Sendable {
    private let hasArrived = Atomic(false)
    private let isOpen = Atomic(false)

    func pass() {
        hasArrived.store(true, ordering: .releasing)
        while !isOpen.load(ordering: .acquiring) { sched_yield() }
    }

    func awaitArrival() { while !hasArrived.load(ordering: .acquiring) { sched_yield() } }

    func open() { isOpen.store(true, ordering: .releasing) }
}

/// A worker that can be held up and made to fail.
private struct GatedWorker: Worker {
    enum Message: Sendable {
        case nothing, mark, fail
        case stand(BenchmarkGate)
    }

    struct Refused: Error {}

    /// How many were marked, across workers: beside the pool, for the count alone.
    final class Marks: Sendable {
        let count = Atomic(0)
    }

    let marks = Marks()

    func start(_ context: borrowing WorkerContext<Message, Void>) {}

    func handle(
        _ message: Message, _ state: inout Void, _ context: borrowing WorkerContext<Message, Void>
    ) throws {
        switch message {
        case .nothing: break
        case .mark: marks.count.add(1, ordering: .relaxed)
        case .fail: throw Refused()
        case .stand(let gate): gate.pass()
        }
    }
}
