import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing
import Synchronization

/// What a failure costs: the worker that failed in time, and the others in state.
enum SupervisionRestart: Benchmark {
    static let description = BenchmarkDescription(
        name: "supervision.restart",
        summary: "a worker fails and is started again, in its thread or in a process of its own; "
            + "and what that does to the others",
        parameters: [
            BenchmarkPool.workers(default: 4), BenchmarkPool.waitParameter(default: .spinThenYield),
        ],
        metrics: [
            MetricSpecification(
                "request", .nanoseconds, .neither, .sampled,
                "a request to a worker that does not fail: what of the next is not the restart"),
            MetricSpecification(
                "restart", .nanoseconds, .lower, .sampled,
                "from a request whose first handling fails to its answer by the new state; for a "
                    + "process, from killing it until its successor's worker has started"),
            MetricSpecification(
                "process-call", .nanoseconds, .neither, .sampled,
                "a message to a worker in a process of its own, and its answer"),
            MetricSpecification(
                "affected", .count(of: "workers"), .lower, .exact,
                "other workers that lost state, or did not answer, when one failed"),
            MetricSpecification(
                "lost", .count(of: "messages"), .lower, .exact,
                "messages in the failing worker's inbox that nobody handled"),
        ],
        processingUnits: 2,
        floor: "request, and for a process what the kernel takes to start a program",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let parameters = recorder.figureParameters()
        let fault = Fault()
        let pool = try pool(failingBy: fault, in: context)
        let process = try CountingHost()
        let contenders: [any TimedTurns] = [
            SingleOperations(Requests(pool, fault, fails: false)),
            SingleOperations(Requests(pool, fault, fails: true)),
            SingleOperations(ProcessCalls(process)), SingleOperations(ProcessRestarts(process)),
        ]
        var order = context.generator(for: "order")
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: 20, counters: context.counters
        ).run(contenders, for: context.time, order: &order)
        let series = [
            ("request", parameters), ("restart", parameters.with("contender", "thread")),
            ("process-call", parameters), ("restart", parameters.with("contender", "process")),
        ]
        for (index, (metric, own)) in series.enumerated() {
            // The first rounds warm caches and the loader up.
            let own = (own, turns.filter { $0.contender == index })
            recorder.record(
                metric, own.0,
                samples: own.1.filter { $0.round > 0 }.flatMap(\.nanoseconds),
                warmup: own.1.filter { $0.round == 0 }.flatMap(\.nanoseconds))
        }
        try process.end()
        try pool.stop(within: BenchmarkPool.patience)
        try recordThreadIsolation(in: context, parameters, into: &recorder)
        try recordProcessIsolation(parameters, into: &recorder)
    }

    private static func pool(
        failingBy fault: Fault, in context: ForkContext
    ) throws -> WorkerPool<FaultyWorker> {
        let rules = SupervisionPolicy.Rules(
            retry: RetryPolicy(attempts: 3),
            // Failures are what is measured: none is one too many.
            intensity: RestartIntensity(atMost: 1 << 20, within: .seconds(1)),
            backoff: Backoff.Shape(immediate: 1, first: .milliseconds(1)))
        return try WorkerPool(
            FaultyWorker(fault: fault),
            BenchmarkPool.configuration(
                workers: context.integer("workers"), capacity: 1024, wait: context.text("wait"),
                in: context),
            policy: SupervisionPolicy(
                rules, seed: Seed(context.request.seed).derived(for: "back-off")))
    }

    /// All workers have counted; one fails with a full inbox; what do the others still know?
    private static func recordThreadIsolation(
        in context: ForkContext, _ parameters: ParameterSet, into recorder: inout Recorder
    ) throws {
        let fault = Fault()
        let pool = try pool(failingBy: fault, in: context)
        let count: UInt64 = 100
        for _ in 0..<count { try pool.broadcast((), timeout: BenchmarkPool.patience) }
        fault.isArmed.store(true, ordering: .releasing)
        for _ in 0..<count { try pool.send((), to: 0, timeout: BenchmarkPool.patience) }
        let answered = pool.gather((), within: BenchmarkPool.patience)
        let others = answered.responses.filter { $0.worker != 0 }
        let whole = others.count { $0.response == count + 1 }
        let own = parameters.with("contender", "thread")
        recorder.record(
            "affected", own, samples: [Double(pool.workerCount - 1 - whole)])
        let handled = pool.statistics[0].handled
        recorder.record("lost", own, samples: [Double(2 * count + 1) - Double(handled)])
        try pool.stop(within: BenchmarkPool.patience)
    }

    /// As above, for processes: one traps with messages behind the one that it was at.
    private static func recordProcessIsolation(
        _ parameters: ParameterSet, into recorder: inout Recorder
    ) throws {
        let hosts = try (0..<4).map { _ in try CountingHost() }
        for host in hosts { for _ in 0..<10 { _ = try host.call(ProcessFault.count) } }
        let lost = try hosts[0].crash(behind: 10)
        var affected = 0
        for host in hosts.dropFirst() where try host.call(ProcessFault.count) != 11 {
            affected += 1
        }
        let own = parameters.with("contender", "process")
        recorder.record("affected", own, samples: [Double(affected)])
        recorder.record("lost", own, samples: [Double(lost)])
        for host in hosts { try host.end() }
    }
}

/// Whether the next message fails.
final class Fault: Sendable {
    let isArmed = Atomic<Bool>(false)

    struct Failure: Error {}
}

/// Counts its messages, and fails when the fault is armed, once.
struct FaultyWorker: Worker {
    let fault: Fault

    func start(_ context: borrowing WorkerContext<Void, UInt64>) -> UInt64 { 0 }

    func handle(
        _ message: Void, _ count: inout UInt64, _ context: borrowing WorkerContext<Void, UInt64>
    ) throws -> UInt64 {
        if fault.isArmed.load(ordering: .relaxed),
            fault.isArmed.exchange(false, ordering: .acquiring)
        {
            throw Fault.Failure()
        }
        count += 1
        return count
    }
}

/// Requests to one worker, whose first handling may fail.
private final class Requests: MeasuredBody {
    private let pool: WorkerPool<FaultyWorker>
    private let fault: Fault
    private let fails: Bool

    init(_ pool: WorkerPool<FaultyWorker>, _ fault: Fault, fails: Bool) {
        self.pool = pool
        self.fault = fault
        self.fails = fails
    }

    func run(iterations: Int) throws {
        for _ in 0..<iterations {
            if fails { fault.isArmed.store(true, ordering: .releasing) }
            let answer = try pool.request((), to: 0, timeout: BenchmarkPool.patience)
            // A new state has counted this message and no other.
            precondition(!fails || answer == 1, "the state that answered had counted \(answer)")
        }
    }
}
