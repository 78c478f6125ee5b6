import Channels
import Hardware
import Synchronization

extension WorkerPool {
    /// Changes the number of workers while messages flow, and returns when all have gone over to
    /// the new routing.
    ///
    /// No message is lost, and messages of one sender and key are handled in the order in which they
    /// were sent, also where the key changes its worker. By `Partitioning.consistent` only the keys
    /// that have to move do: 1/N of them. Workers leave from the end; a worker that leaves handles
    /// what it was sent, and ends. What `Worker.release` takes out of states goes with the keys.
    ///
    /// It costs each worker a new inbox, and those that get keys a wait until all that give keys
    /// have come to the end of their old inboxes. Senders notice nothing, but for inboxes that may
    /// be full meanwhile.
    ///
    /// - Parameters:
    ///   - count: the number of workers afterwards.
    ///   - timeout: how long to wait in all.
    /// - Throws: `PoolError`: a number that cannot be, a pool whose ranges are for another number
    ///   (`rangesDoNotMatch`), a new worker that cannot be started, or not in time
    ///   (`startTimedOut`), a stopped pool: then nothing has changed. `resizeTimedOut` names the
    ///   workers that have not gone over, because a message takes long or they are paused: the
    ///   resize goes on without the caller.
    public func resize(to count: Int, within timeout: Duration) throws(PoolError) {
        let deadline = MonotonicTime.now() + timeout
        var hasBegun = false
        while !hasBegun {
            try core.awaitHandOver(until: deadline)
            // False where another caller's has begun in between.
            hasBegun = try core.changes.withLock { (_) throws(PoolError) -> Bool in
                try core.resize(
                    to: count, until: deadline,
                    inboxes: Self.makeInbox(for: configuration.inboxWait))
            }
        }
        try core.awaitHandOver(until: deadline)
    }

    private static func makeInbox(
        for strategy: Profile.WaitStrategy
    ) -> @Sendable (Int) -> NextInbox<W.Message, W.Response> {
        switch strategy {
        case .busySpin:
            return { WaitingInbox<W.Message, W.Response, BusySpin>.make(capacity: $0) }
        case .spinThenYield:
            return { WaitingInbox<W.Message, W.Response, SpinThenYield>.make(capacity: $0) }
        case .spinThenPark:
            return { WaitingInbox<W.Message, W.Response, SpinThenPark>.make(capacity: $0) }
        case .adaptive:
            return { WaitingInbox<W.Message, W.Response, AdaptiveWait>.make(capacity: $0) }
        }
    }
}

extension PoolCore {
    typealias Box = InletBox<W.Message, W.Response>
    typealias Next = NextInbox<W.Message, W.Response>

    /// Waits until the last resize is over.
    func awaitHandOver(until deadline: MonotonicTime) throws(PoolError) {
        guard let handOver = life.withLock({ $0.handOver }) else { return }
        guard handOver.unfinished.wait(until: deadline, { $0 == 0 }) else {
            let seats = life.withLock { $0.seats + $0.leaving }
            let late = seats.filter { $0.hasHandOver }
            throw .resizeTimedOut(late.map { $0.report(at: .now()) })
        }
        life.withLock { life in
            if life.handOver === handOver { life.handOver = nil }
            let leaving = life.leaving
            life.leaving = []
            for seat in leaving {
                if seat.stage.load() == Stage.ended {
                    life.retired.add(seat.statistics)
                } else {
                    life.leaving.append(seat)
                }
            }
        }
    }

    /// Begins a resize; the caller holds `changes`. False where another one is under way.
    func resize(
        to count: Int, until deadline: MonotonicTime,
        inboxes make: @escaping @Sendable (Int) -> Next
    ) throws(PoolError) -> Bool {
        try configuration.validate(workers: count)
        let (old, isOver, running) = life.withLock { ($0.seats, $0.isOver, $0.handOver) }
        guard !isOver else { throw .stopped }
        if let running, running.unfinished.load() != 0 { return false }
        if count == old.count { return true }
        if case .range(let partitioner) = configuration.partitioning {
            throw .rangesDoNotMatch(ranges: partitioner.workers, workers: count)
        }
        let movement = KeyMovement(
            partitioning: configuration.partitioning, oldCount: old.count, newCount: count)
        let handOver = PortionHandOver<W.Portion>(movement)
        let joining = HandOverOrder<W.Message, W.Response>(
            handOver: handOver, role: .joins, inbox: nil,
            waits: movement.mustWait(count > old.count ? old.count : 0))
        let new =
            try count > old.count
            ? start(old.count..<count, handOver: joining, until: deadline) : []
        let staying = old.prefix(count)
        var nextInboxes: [Next?] = []
        do throws(PoolError) {
            // A stop that comes after this waits for `changes`, and then finds the new workers.
            if life.withLock({ $0.isOver }) { throw .stopped }
            for seat in staying {
                let next = try seat.isGone ? nil : makeNear(seat, make)
                nextInboxes.append(next)
            }
        } catch {
            abandon(new)
            throw error
        }
        switchOver(old: old, new: new, nextInboxes, handOver)
        return true
    }

    private func switchOver(
        old: [Seat], new: [Seat], _ nextInboxes: [Next?], _ handOver: PortionHandOver<W.Portion>
    ) {
        let movement = handOver.movement
        var boxes: [Box] = []
        for (seat, next) in zip(old, nextInboxes) {
            // One that has ended keeps its closed inbox, which says so to senders.
            if let box = next?.inlet ?? seat.inlet { boxes.append(box) }
        }
        boxes += new.compactMap(\.inlet)
        precondition(boxes.count == movement.newCount, "\(boxes.count) inboxes for a resize")
        let isEscalated = life.withLock { life in
            life.seats = old.prefix(movement.newCount) + new
            life.leaving += old.dropFirst(movement.newCount)
            life.handOver = handOver
            return life.escalated != nil
        }
        // When this returns, all that was sent by the old routing is in the old inboxes.
        routes.replace(by: RoutingTable(boxes, configuration.partitioning))
        for (index, seat) in old.enumerated() {
            let next = index < nextInboxes.count ? nextInboxes[index] : nil
            let order = HandOverOrder<W.Message, W.Response>(
                handOver: handOver, role: index < movement.newCount ? .stays : .leaves,
                inbox: next, waits: index < movement.newCount && movement.mustWait(index))
            guard !seat.place(order) else { continue }
            // Ended before: it has nothing to give, and will read nothing.
            handOver.arrive()
            completePart(of: handOver)
            next?.abandon { bury($0, from: seat) }
        }
        // Who ended the others did not know the new ones.
        if isEscalated { for seat in new { seat.order(Order.end) } }
    }

    /// Makes an inbox on a thread that is bound where the worker is, so that its memory lies there; see
    /// `WorkerPool.inboxPlacements`.
    private func makeNear(
        _ seat: Seat, _ make: @escaping @Sendable (Int) -> Next
    ) throws(PoolError) -> Next {
        guard let pu = seat.pu else { return make(configuration.capacity) }
        let capacity = configuration.capacity
        let delivery = Delivery<Next>()
        try WorkerThread.start(name: "\(seat.name)-inbox", pu: pu) { [self] in
            settle(for: seat.index)
            let next = make(capacity)
            bringHome(next.inlet, of: seat.index)
            delivery.bring(next)
        }
        return delivery.wait()
    }
}

/// Where one thread waits for what another makes.
private final class Delivery<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isThere = EventWord(0)

    func bring(_ value: Value) {
        self.value.withLock { $0 = value }
        isThere.raise(1)
    }

    func wait() -> Value {
        _ = isThere.wait(until: nil) { $0 == 1 }
        guard let value = value.withLock({ $0 }) else {
            preconditionFailure("what was to be made is not there")
        }
        return value
    }
}
