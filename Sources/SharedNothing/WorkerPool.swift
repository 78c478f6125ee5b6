import Channels
import Hardware
import Synchronization

/// Workers with a thread, an inbox and a state each, which share nothing and are sent messages.
///
/// ```swift
/// let pool = try WorkerPool(Counter())
/// try pool.send("word", key: "word")
/// let count = try pool.request("word", key: "word", timeout: .seconds(1))
/// try pool.stop(within: .seconds(1))
/// ```
///
/// Any thread may use the pool. Its own `send` and `request` take a sender out of a store under a
/// lock and put it back; who sends much has a sender of its own (`makeSender`), which takes no lock.
///
/// A message that was accepted is handled, unless its worker fails it for good, or ends without
/// draining (`stopNow`, a policy's `stop` or `escalate`): then it goes to the dead letters. A pool
/// that goes away without having been stopped lets its workers drain and end by themselves, as
/// after `stop`.
public final class WorkerPool<W: Worker>: Sendable {
    /// A handle by which one thread sends to this pool.
    public typealias Sender = PoolSender<W.Message, W.Response>

    @usableFromInline let core: PoolCore<W>
    /// What follows the load, where the configuration wants that.
    let adaptation: AdaptationThread?
    private let idle = Mutex<[IdleSender<W.Message, W.Response>]>([])

    /// A pool set up for the running machine: see `PoolConfiguration`, with nothing to configure.
    ///
    /// - Throws: `PoolError`, when the machine cannot be examined, a thread not be started, or a
    ///   worker's `start` fails.
    @inlinable
    public convenience init(_ worker: W) throws(PoolError) {
        try self.init(worker, PoolConfiguration())
    }

    /// A pool as a profile says for the running machine.
    @inlinable
    public convenience init(_ worker: W, profile: Profile.Name) throws(PoolError) {
        try self.init(worker, PoolConfiguration(profile: profile))
    }

    /// A pool of workers that all behave as `worker`. When this returns, each has its first state.
    ///
    /// - Parameters:
    ///   - policy: decides about failures; see `DiscardFailures` for what is done without one.
    ///   - deadLetters: takes messages that nobody will handle; nil to drop them, counted.
    /// - Throws: `PoolError`: what is wrong with the configuration, a thread that could not be
    ///   started or bound, a worker that could not be started. The workers that were started are
    ///   told to end then, and are not waited for.
    @inlinable
    public convenience init(
        _ worker: W, _ configuration: PoolConfiguration,
        policy: any FailurePolicy = DiscardFailures(),
        deadLetters: (any DeadLetterSink<W.Message>)? = nil
    ) throws(PoolError) {
        // Compiled for the worker's type where that is known, which is where this is called.
        let runner = Self.runner(for: configuration.inboxWait)
        try self.init(
            core: PoolCore(
                worker, configuration, policy: policy, deadLetters: deadLetters, runner: runner))
    }

    @usableFromInline
    init(core: PoolCore<W>) throws(PoolError) {
        self.core = core
        adaptation = core.configuration.adaptation.map { AdaptationThread($0) }
        // What is thrown lets the pool go, whose workers then end.
        try adaptation?.start(on: self)
    }

    @inlinable
    static func runner(
        for strategy: Profile.WaitStrategy
    ) -> @Sendable (PoolCore<W>, WorkerSeat<W.Message, W.Response>) -> Void {
        switch strategy {
        case .busySpin:
            return { core, seat in WorkerShell<W, BusySpin>.live(core, seat) }
        case .spinThenYield:
            return { core, seat in WorkerShell<W, SpinThenYield>.live(core, seat) }
        case .spinThenPark:
            return { core, seat in WorkerShell<W, SpinThenPark>.live(core, seat) }
        case .adaptive:
            return { core, seat in WorkerShell<W, AdaptiveWait>.live(core, seat) }
        }
    }

    deinit {
        adaptation?.order()
        core.beginStop(Order.drain)
    }

    /// A sender for one thread.
    public func makeSender() -> Sender { core.makeSender() }

    /// Number of workers.
    public var workerCount: Int { core.seats.count }

    /// The setting that the pool runs by; `workers` is the number it began with.
    public var configuration: PoolConfiguration { core.configuration }

    /// The failure by which a policy ended the pool; nil where none did.
    public var escalatedFailure: WorkerFailure? { core.life.withLock { $0.escalated } }

    /// What each worker has done so far, by index; see `totals` for a pool that has shrunk. Costs
    /// the workers a cache miss or two.
    public var statistics: [WorkerStatistics] { core.seats.map(\.statistics) }

    /// What all workers have done so far, also those that have left in a resize: never goes down.
    public var totals: PoolTotals { core.totals }

    /// What a stall detector reads, by worker.
    public var vitals: [WorkerVitals] { core.seats.map(\.vitals) }

    /// The workers' names, by index.
    public var workerNames: [String] { core.seats.map(\.name) }

    /// The hardware threads that the workers are bound to, by index; nil for one that is not.
    public var hardwareThreads: [Int?] { core.seats.map(\.pu) }

    /// Lends a sender for the length of a call.
    func withSender<Result, Failure: Error>(
        _ body: (inout Sender) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let lent = idle.withLock { $0.popLast() } ?? IdleSender(makeSender())
        defer { idle.withLock { $0.append(lent) } }
        return try body(&lent.sender)
    }
}

/// A sender that nobody uses at the moment.
///
/// `@unchecked Sendable`: who has taken it out of the store is the only one to touch it.
private final class IdleSender<Message: Sendable, Response: Sendable>: @unchecked Sendable {
    var sender: PoolSender<Message, Response>

    init(_ sender: consuming PoolSender<Message, Response>) {
        self.sender = sender
    }
}

/// What is done about failures where nothing is said: a message that fails goes to the dead letters
/// at once, and its worker goes on with its state; a worker that cannot start ends.
public struct DiscardFailures: FailurePolicy {
    /// The policy, which has no state.
    public init() {}

    /// `discard`, or `stop` for a worker without a state.
    public func decide(_ failure: WorkerFailure, now: MonotonicTime) -> FailureDecision {
        failure.phase == .starting ? .stop : .discard
    }
}

extension WorkerSeat {
    var statistics: WorkerStatistics {
        WorkerStatistics(
            worker: index,
            received: counters.received.load(ordering: .relaxed),
            handled: counters.handled.load(ordering: .relaxed),
            failures: counters.failures.load(ordering: .relaxed),
            deadLetters: counters.deadLetters.load(ordering: .relaxed),
            expired: counters.expired.load(ordering: .relaxed),
            restarts: counters.restarts.load(ordering: .relaxed),
            waits: counters.waits.load(ordering: .relaxed),
            queueDepth: queueDepth)
    }
}
