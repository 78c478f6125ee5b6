import Channels
import Hardware
import Synchronization

/// What a pool's handle, its senders' makers and its workers' threads share.
@usableFromInline
final class PoolCore<W: Worker>: Sendable {
    typealias Seat = WorkerSeat<W.Message, W.Response>
    @usableFromInline
    typealias Runner = @Sendable (PoolCore<W>, WorkerSeat<W.Message, W.Response>) -> Void

    @usableFromInline let worker: W
    let configuration: PoolConfiguration
    let routes: Routes<W.Message, W.Response>
    private let policy: Mutex<any FailurePolicy>
    private let deadLetters: (any DeadLetterSink<W.Message>)?
    /// Runs a worker's loop to its end, compiled for the worker's type.
    private let runner: Runner
    let life = Mutex(Life())
    /// Held while workers come and go.
    let changes = Mutex(())
    private let turns = Atomic(0)

    struct Life: Sendable {
        var seats: [Seat] = []
        /// Workers of earlier sizes that have not ended.
        var leaving: [Seat] = []
        var isStopped = false
        var escalated: WorkerFailure?
        /// The resize whose workers have not all gone over.
        var handOver: HandOver?
    }

    @usableFromInline
    init(
        _ worker: W, _ configuration: PoolConfiguration, policy: any FailurePolicy,
        deadLetters: (any DeadLetterSink<W.Message>)?, runner: @escaping Runner
    ) throws(PoolError) {
        try configuration.validate(W.Message.self, W.Response.self)
        self.worker = worker
        self.configuration = configuration
        self.policy = Mutex(policy)
        self.deadLetters = deadLetters
        self.runner = runner
        let spins = configuration.waitStrategy.replySpins
        routes = Routes(
            RoutingTable([], configuration.partitioning, isOpen: false), replySpins: spins)
        let seats = try start(0..<configuration.workers, handOver: nil)
        life.withLock { $0.seats = seats }
        routes.replace(
            by: RoutingTable(seats.compactMap(\.inlet), configuration.partitioning, isOpen: true))
    }

    /// How many messages an inbox holds.
    @usableFromInline var capacity: Int { configuration.capacity }

    /// A sender for whoever asks.
    @usableFromInline
    func makeSender(firstTurn: Int? = nil) -> PoolSender<W.Message, W.Response> {
        let turn = firstTurn ?? turns.add(1, ordering: .relaxed).oldValue & 0xFFFF
        return PoolSender(routes, firstTurn: turn)
    }

    var seats: [Seat] { life.withLock { $0.seats } }

    func seat(_ index: Int) throws(PoolError) -> Seat {
        let seats = self.seats
        guard index >= 0, index < seats.count else {
            throw .noSuchWorker(index: index, count: seats.count)
        }
        return seats[index]
    }

    /// Starts workers, and waits until each has its first state.
    func start(_ indexes: Range<Int>, handOver: HandOverOrder<W.Message, W.Response>?)
        throws(PoolError) -> [Seat]
    {
        var seats: [Seat] = []
        do throws(PoolError) {
            for index in indexes {
                let pu = configuration.hardwareThread(of: index)
                let seat = Seat(index: index, name: "\(configuration.name)-\(index)", pu: pu)
                if let handOver { _ = seat.place(handOver) }
                try WorkerThread.start(name: seat.name, pu: pu) { [self] in runner(self, seat) }
                seats.append(seat)
            }
            for seat in seats {
                _ = seat.stage.wait(until: nil) { $0 != Stage.launching }
                guard seat.hasStarted.load(ordering: .relaxed) else {
                    throw .startFailed(worker: seat.index, name: seat.name)
                }
            }
        } catch {
            for seat in seats { seat.order(Order.end) }
            throw error
        }
        return seats
    }
}

// What the loops call when something is out of the ordinary.
extension PoolCore {
    @usableFromInline
    func decide(_ failure: WorkerFailure) -> FailureDecision {
        policy.withLock { $0.decide(failure, now: .now()) }
    }

    @usableFromInline
    func recovered(_ worker: Int, _ attempts: Int) {
        policy.withLock { $0.recovered(worker: worker, attempts: attempts, now: .now()) }
    }

    /// Buries a message that failed.
    @usableFromInline
    func bury(
        _ message: W.Message, _ reply: ReplyCell<W.Response>?, _ failure: WorkerFailure,
        from seat: WorkerSeat<W.Message, W.Response>
    ) {
        WorkerCounters.count(seat.counters.deadLetters)
        deadLetters?.accept(message, because: .failed(failure))
        reply?.resolve(.failed(failure))
    }

    /// Buries what was never handled.
    @usableFromInline
    func bury(
        _ parcel: Envelope<W.Message, W.Response>, from seat: WorkerSeat<W.Message, W.Response>
    ) {
        let reason = DeadLetterReason.workerStopped(worker: seat.index, name: seat.name)
        switch parcel {
        case .nudge: return
        case .message(let message):
            WorkerCounters.count(seat.counters.deadLetters)
            deadLetters?.accept(message, because: reason)
        case .request(let message, let reply):
            WorkerCounters.count(seat.counters.deadLetters)
            deadLetters?.accept(message, because: reason)
            reply.resolve(.workerStopped)
        }
    }

    @usableFromInline
    func restartOthers(_ scope: RestartScope, than worker: Int) {
        guard scope != .one else { return }
        for seat in seats where seat.index != worker {
            if scope == .all || seat.index > worker { seat.order(Order.restart) }
        }
    }

    /// Ends all workers because one of them cannot go on.
    @usableFromInline
    func escalate(_ failure: WorkerFailure) {
        let seats = life.withLock { life in
            if life.escalated == nil { life.escalated = failure }
            return life.seats + life.leaving
        }
        for seat in seats { seat.order(Order.end) }
    }
}

extension Profile.WaitStrategy {
    /// How many looks, of about 50 ns each, a requester takes at its answer before it sleeps.
    fileprivate var replySpins: Int {
        switch self {
        case .busySpin: .max
        case .spinThenYield, .spinThenPark, .adaptive: SpinThenPark.spins
        }
    }
}
