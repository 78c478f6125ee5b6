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
        // The measuring thread has the first.
        let unit = context.request.processingUnits[1]
        let process = try CountingHost(on: unit)
        let contenders: [any TimedTurns] = [
            SingleOperations(Requests(pool, fault, fails: false)),
            SingleOperations(Requests(pool, fault, fails: true)),
            SingleOperations(ProcessCalls(process)),
            // Starting a program takes milliseconds: a few a turn.
            FewerOperations(SingleOperations(ProcessRestarts(process)), by: 5),
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
        let isolationFault = Fault()
        let isolations = [
            (
                "thread",
                try FaultIsolation(
                    of: try self.pool(failingBy: isolationFault, in: context),
                    failingBy: isolationFault, messages: 100)
            ),
            ("process", try processIsolation(on: unit)),
        ]
        for (contender, isolation) in isolations {
            let own = parameters.with("contender", contender)
            recorder.record("affected", own, samples: [Double(isolation.affected)])
            recorder.record("lost", own, samples: [Double(isolation.lost)])
        }
    }

    private static func pool(
        failingBy fault: Fault, in context: ForkContext
    ) throws -> WorkerPool<FaultyWorker> {
        try WorkerPool(
            FaultyWorker(fault: fault),
            BenchmarkPool.configuration(
                workers: context.integer("workers"), capacity: 1024, wait: context.text("wait"),
                in: context),
            policy: policy(Seed(context.request.seed)))
    }

    /// Starts a worker that failed at once, and lets it try again.
    static func policy(_ seed: Seed) -> SupervisionPolicy {
        let rules = SupervisionPolicy.Rules(
            retry: RetryPolicy(attempts: 3),
            // Failures are what is measured: none is one too many.
            intensity: RestartIntensity(atMost: 1 << 20, within: .seconds(1)),
            backoff: Backoff.Shape(immediate: 1, first: .milliseconds(1)))
        return SupervisionPolicy(rules, seed: seed.derived(for: "back-off"))
    }

    /// Of four processes one traps with messages behind the one that it was at.
    private static func processIsolation(on unit: Int) throws -> FaultIsolation {
        let hosts = try (0..<4).map { _ in try CountingHost(on: unit) }
        for host in hosts { for _ in 0..<10 { _ = try host.call(ProcessFault.count) } }
        defer { for host in hosts { try? host.end() } }
        return FaultIsolation(
            crash: { try hosts[0].crash(behind: 10) }, messages: 10,
            others: hosts.dropFirst().map { host in { try host.call(ProcessFault.count) } },
            each: 11)
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

/// Turns of a fraction of the operations, for what takes longer than its neighbours.
final class FewerOperations: TimedTurns {
    private let turns: any TimedTurns
    private let share: Int

    /// Turns of one operation for each `share`, and of one at least.
    init(_ turns: any TimedTurns, by share: Int) {
        self.turns = turns
        self.share = share
    }

    func performed(of operations: Int) -> Int { max(1, operations / share) }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        try turns.turn(operations: performed(of: operations), clock: clock)
    }
}
