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
    @usableFromInline let tuning: PoolTuning
    let life = Mutex(Life())
    /// Held while workers come and go.
    let changes = Mutex(())
    private let turns = Atomic(0)

    struct Life: Sendable {
        var seats: [Seat] = []
        /// Workers of earlier sizes that had not ended at the last look.
        var leaving: [Seat] = []
        /// Workers that were to join, and were told to end before they had begun.
        var abandoned: [Seat] = []
        /// What workers did that have left.
        var retired = PoolTotals()
        /// Whether the pool is to end. No worker joins any more.
        var isStopped = false
        /// Whether nobody but workers may send any more.
        var isClosed = false
        var escalated: WorkerFailure?
        /// The resize whose workers have not all gone over.
        var handOver: HandOver?
        /// The latest restart of several workers together.
        var restart: GroupRestart?

        /// Whether no worker may join any more.
        var isOver: Bool { isStopped || escalated != nil }
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
        tuning = PoolTuning(configuration)
        routes = Routes(
            RoutingTable(beforeStart: configuration.workers, configuration.partitioning),
            ReplyPatience(configuration.waitStrategy))
        let seats = try start(0..<configuration.workers, handOver: nil, until: nil)
        let isOver = life.withLock { life in
            life.seats = seats
            return life.escalated != nil
        }
        routes.replace(
            by: RoutingTable(seats.compactMap(\.inlet), configuration.partitioning))
        // A tick may have been too much for the policy already.
        if isOver { for seat in seats { seat.order(Order.end) } }
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

    /// What all workers have done, also those that have left.
    var totals: PoolTotals {
        life.withLock { life in
            var totals = life.retired
            for seat in life.seats + life.leaving { totals.add(seat.statistics) }
            return totals
        }
    }

    /// Starts workers, and waits until each has its first state: not beyond `deadline`, and not
    /// when the pool is stopped.
    func start(
        _ indexes: Range<Int>, handOver: HandOverOrder<W.Message, W.Response>?,
        until deadline: MonotonicTime?
    ) throws(PoolError) -> [Seat] {
        var seats: [Seat] = []
        do throws(PoolError) {
            for index in indexes {
                let pu = configuration.hardwareThread(of: index)
                let seat = Seat(index: index, name: "\(configuration.name)-\(index)", pu: pu)
                if let handOver { _ = seat.place(handOver) }
                try WorkerThread.start(name: seat.name, pu: pu) { [self] in runner(self, seat) }
                seats.append(seat)
            }
            for seat in seats { try awaitStart(of: seat, until: deadline) }
        } catch {
            abandon(seats)
            throw error
        }
        return seats
    }

    private func awaitStart(
        of seat: Seat, until deadline: MonotonicTime?
    ) throws(PoolError) {
        while true {
            // In short waits: a stop waits for this.
            let soon = MonotonicTime.now() + .milliseconds(10)
            let isOver = seat.stage.wait(until: min(soon, deadline ?? soon)) {
                $0 != Stage.launching
            }
            if isOver { break }
            if life.withLock({ $0.isStopped }) { throw .stopped }
            if let deadline, MonotonicTime.now() >= deadline {
                throw .startTimedOut(seat.report(at: .now()))
            }
        }
        guard !seat.hasStarted.load(ordering: .relaxed) else { return }
        throw .startFailed(
            seat.startFailure
                ?? WorkerFailure(
                    worker: seat.index, name: seat.name, phase: .starting,
                    error: "told to end before it had started", attempts: 0, hasMessage: false))
    }

    /// Ends workers that were to join.
    func abandon(_ seats: [Seat]) {
        for seat in seats { seat.order(Order.end) }
        life.withLock { life in
            life.abandoned.removeAll { $0.stage.load() == Stage.ended }
            life.abandoned += seats
        }
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
        seat.counters.countDeadLetters(1)
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
            seat.counters.countDeadLetters(1)
            deadLetters?.accept(message, because: reason)
        case .request(let message, let reply):
            seat.counters.countDeadLetters(1)
            deadLetters?.accept(message, because: reason)
            reply.resolve(.workerStopped)
        }
    }

    /// Says that a worker is done with a resize.
    @usableFromInline
    func completePart(of handOver: HandOver) {
        guard handOver.finish() else { return }
        let seats = self.seats
        for (worker, count) in handOver.takeOrphans().enumerated() where worker < seats.count {
            seats[worker].counters.countDeadLetters(count)
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
