import Channels
import Synchronization

/// The loop of one worker's thread.
///
/// All of it is inlinable, so that it is compiled anew for each worker type where that is known,
/// and `handle` is a call without indirection.
@frozen @usableFromInline
struct WorkerShell<W: Worker, Wait: InboxWait>: ~Copyable {
    @usableFromInline typealias Parcel = Envelope<W.Message, W.Response>
    @usableFromInline typealias Seat = WorkerSeat<W.Message, W.Response>

    @usableFromInline let worker: W
    @usableFromInline let core: PoolCore<W>
    @usableFromInline let seat: Seat
    @usableFromInline let context: WorkerContext<W.Message, W.Response>
    @usableFromInline var inbox: MPSCChannel<Parcel, Wait>.Consumer
    @usableFromInline var slot = StateSlot<W.State>()
    @usableFromInline let tickInterval: Duration?
    @usableFromInline var nextTick = MonotonicTime(nanoseconds: 0)
    @usableFromInline var tickFailures = 0
    /// The part in a resize that waits for the old inbox to be empty.
    @usableFromInline var handOver: HandOverOrder<W.Message, W.Response>?
    @usableFromInline var hasArrived = false
    @usableFromInline var isDraining = false
    @usableFromInline var isEnding = false

    /// Makes the inbox, on the thread that will read it.
    @inlinable
    init(_ core: PoolCore<W>, _ seat: Seat) {
        self.core = core
        self.seat = seat
        worker = core.worker
        tickInterval = core.worker.tickInterval
        context = WorkerContext(
            worker: seat.index, name: seat.name, sender: core.makeSender(firstTurn: seat.index))
        let next = WaitingInbox<W.Message, W.Response, Wait>.make(capacity: core.capacity)
        seat.adopt(next.inlet)
        inbox = next.take()
    }

    /// From the first state to the last message.
    @inlinable
    mutating func run() {
        guard makeState() else { return finish() }
        seat.reach(Stage.started)
        scheduleTick()
        while !isEnding {
            seat.vitals.beat()
            if _slowPath(seat.control.load() != 0) {
                obey()
                if isEnding { break }
            }
            if let parcel = inbox.tryReceive() {
                open(parcel)
                if _slowPath(tickInterval != nil) { tickIfDue() }
            } else {
                waitForParcel()
            }
        }
        finish()
    }

    /// What to do when the inbox is empty.
    @inlinable
    mutating func waitForParcel() {
        if _slowPath(handOver != nil) { return passOver() }
        if _slowPath(isDraining) {
            isEnding = true
            return
        }
        WorkerCounters.count(seat.counters.waits)
        seat.vitals.enterIdle()
        // Pairs with the fence in `WorkerSeat.order`.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if seat.control.load() != 0 { return }
        if tickInterval == nil {
            // The pool holds a sending end, so that there is always something to wait for.
            guard let parcel = inbox.receive() else {
                isEnding = true
                return
            }
            seat.vitals.enter(.handling)
            open(parcel)
        } else {
            waitForParcelOrTick()
        }
    }

    @inlinable
    mutating func waitForParcelOrTick() {
        let now = MonotonicTime.now()
        guard now < nextTick else { return tick() }
        switch inbox.receive(timeout: nextTick - now) {
        case .received(let parcel):
            seat.vitals.enter(.handling)
            open(parcel)
        case .timedOut: tick()
        case .closed: isEnding = true
        }
    }

    @inlinable @inline(__always)
    mutating func open(_ parcel: Parcel) {
        switch parcel {
        case .message(let message): handle(message, nil)
        case .request(let message, let reply): handle(message, reply)
        case .nudge: break
        }
    }

    @inlinable @inline(__always)
    mutating func handle(_ message: W.Message, _ reply: ReplyCell<W.Response>?) {
        seat.vitals.takeUp()
        WorkerCounters.count(seat.counters.received)
        do {
            // Sound: the slot is full while the loop runs, and this thread's own.
            let response = try unsafe worker.handle(message, &slot.address.pointee, context)
            WorkerCounters.count(seat.counters.handled)
            reply?.resolve(.response(response))
        } catch {
            settle(message, reply, error)
        }
    }
}
