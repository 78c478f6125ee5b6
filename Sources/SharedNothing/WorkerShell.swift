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
    @usableFromInline let tuning: PoolTuning
    @usableFromInline var inbox: MPSCChannel<Parcel, Wait>.Consumer
    /// What was taken out of the inbox and is not handled yet; comes before what is in there.
    @usableFromInline var batch = ParcelBatch<W.Message, W.Response>()
    /// Whether somebody waited for the answer to the last message, and may for that to the next.
    @usableFromInline var isAnswering = false
    @usableFromInline var slot = StateSlot<W.State>()
    @usableFromInline let tickInterval: Duration?
    @usableFromInline var nextTick = MonotonicTime(nanoseconds: 0)
    @usableFromInline var tickPace = TickPace()
    @usableFromInline var tickFailures = 0
    /// The part in a resize that waits for the old inbox to be empty.
    @usableFromInline var handOver: HandOverOrder<W.Message, W.Response>?
    @usableFromInline var hasArrived = false
    /// The restart with others for which the state was let go of, and whose end was not awaited.
    @usableFromInline var groupRestart: GroupRestart?
    @usableFromInline var isDraining = false
    @usableFromInline var isEnding = false

    /// Makes the inbox, on the thread that will read it.
    @inlinable
    init(_ core: PoolCore<W>, _ seat: Seat) {
        self.core = core
        self.seat = seat
        worker = core.worker
        tuning = core.tuning
        tickInterval = core.worker.tickInterval
        context = WorkerContext(
            worker: seat.index, name: seat.name, sender: core.makeSender(firstTurn: seat.index))
        core.settle(for: seat.index)
        let next = WaitingInbox<W.Message, W.Response, Wait>.make(capacity: core.capacity)
        core.bringHome(next.inlet, of: seat.index)
        seat.adopt(next.inlet)
        inbox = next.take()
    }

    /// A worker's whole life on its thread.
    @inlinable
    static func live(_ core: PoolCore<W>, _ seat: Seat) {
        do {
            var shell = WorkerShell(core, seat)
            shell.run()
        }
        // Behind the shell's life: who waits for the end may count on inbox and state being gone.
        seat.reach(Stage.ended)
        core.endIfDrained()
    }

    /// From the first state to the last message.
    @inlinable
    mutating func run() {
        seat.beginThread()
        if makeState() {
            context.enterPool()
            seat.reach(Stage.started)
            scheduleTick()
            while !isEnding { takeTurn() }
        }
        finish()
        seat.endThread()
    }

    @inlinable @inline(__always)
    mutating func takeTurn() {
        seat.vitals.beat()
        if _slowPath(seat.control.load() != 0) {
            obey()
            if isEnding { return }
        }
        if let parcel = nextParcel() {
            open(parcel)
            if _slowPath(tickInterval != nil) { tickIfDue() }
        } else {
            waitForParcel()
        }
    }

    /// The next parcel, if there is one at the first look.
    @inlinable @inline(__always)
    mutating func nextParcel() -> Parcel? {
        if batch.count == 0 {
            // Where there is none, the line of the inbox's tail is left to the senders.
            guard inbox.hasNext else { return nil }
            // Relaxed: any number will do.
            let most = tuning.batch.load(ordering: .relaxed)
            if most <= 1 { return inbox.tryReceive() }
            batch.fill(from: &inbox, upTo: most)
        }
        let parcel = batch.take()
        WorkerCounters.note(batch.count, in: seat.counters.inHand)
        return parcel
    }

    /// What to do when the inbox is empty.
    @inlinable
    mutating func waitForParcel() {
        if _slowPath(handOver != nil || isDraining) {
            // The exact look: what is in the middle of being sent was accepted.
            if let parcel = inbox.tryReceive() { return open(parcel) }
            if handOver != nil { return passOver() }
            return rest()
        }
        if !isAnswering, parcelCameSoon() { return }
        WorkerCounters.count(seat.counters.waits)
        seat.vitals.enterIdle()
        // Pairs with the fence in `WorkerSeat.order`.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if seat.control.load() != 0 { return seat.vitals.enter(.handling) }
        if _slowPath(tuning.polls.load(ordering: .relaxed)), pollForParcel() { return }
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

    /// Whether a parcel comes within a microsecond or two.
    ///
    /// The poll of `receive` takes the line of the slot so that a message that somebody waits for is
    /// here soonest, which costs whoever sends to many workers in turn a miss or two a message: none
    /// of them ever has two waiting. Nobody waits for these messages; so this looks seldom, without
    /// taking anything, and several may gather in the line.
    @inlinable @inline(never)
    mutating func parcelCameSoon() -> Bool {
        seat.vitals.markIdle(true)
        for _ in 0..<8 {
            for _ in 0..<4 { ProcessorAtomics.pause() }
            if inbox.hasNext {
                seat.vitals.markIdle(false)
                return true
            }
        }
        return false
    }

    /// Looks for a parcel while the pool says so, and gives the processor away between looks; false
    /// when it does not say so any more.
    ///
    /// For a pool whose wait strategy follows its load: the inbox is one at which its reader may
    /// sleep, and whether it does is decided here.
    @inlinable @inline(never)
    mutating func pollForParcel() -> Bool {
        var looks = 0
        while tuning.polls.load(ordering: .relaxed) {
            if inbox.hasNext || seat.control.load() != 0 {
                seat.vitals.enter(.handling)
                return true
            }
            looks &+= 1
            if looks <= SpinThenYield.spins {
                ProcessorAtomics.pause()
                ProcessorAtomics.pause()
            } else {
                ProcessorAtomics.yield()
            }
            if tickInterval != nil, looks & 15 == 0, MonotonicTime.now() >= nextTick {
                tick()
                return true
            }
        }
        return false
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
        case .message(let message):
            isAnswering = false
            handle(message, nil)
        case .request(let message, let reply):
            isAnswering = true
            // The answer would write the same line.
            if _slowPath(reply.isAbandoned) { return dropExpired() }
            handle(message, reply)
        case .nudge: seat.takeNudge()
        }
    }

    /// Nobody works on what nobody waits for.
    @inlinable @inline(never)
    mutating func dropExpired() {
        WorkerCounters.count(seat.counters.received)
        WorkerCounters.count(seat.counters.expired)
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
