import CNilometerShims
import Channels
import Synchronization

/// What a worker is told beside its messages: bits of its control word.
@usableFromInline
enum Order {
    /// Handle nothing until this bit is gone.
    @inlinable static var pause: UInt32 { 1 }
    /// Handle what there is, and what the other workers send meanwhile, and then wait for the end.
    @inlinable static var drain: UInt32 { 2 }
    /// End before the next message.
    @inlinable static var end: UInt32 { 4 }
    /// Make the state anew before the next message.
    @inlinable static var restart: UInt32 { 8 }
    /// Answer the pings.
    @inlinable static var ping: UInt32 { 16 }
    /// Take up the hand-over.
    @inlinable static var handOver: UInt32 { 32 }
    /// Let go of the state, for a restart together with others.
    @inlinable static var regroup: UInt32 { 64 }
}

/// How far a worker's thread has come.
@usableFromInline
enum Stage {
    @inlinable static var launching: UInt32 { 0 }
    @inlinable static var started: UInt32 { 1 }
    /// Ended, or never started.
    @inlinable static var ended: UInt32 { 2 }
}

/// One worker as the others see it: its inlet, its control word, its vitals and counts.
@usableFromInline
final class WorkerSeat<Message: Sendable, Response: Sendable>: Sendable {
    @usableFromInline let index: Int
    @usableFromInline let name: String
    /// The hardware thread that it is bound to, if it is.
    let pu: Int?
    @usableFromInline let vitals = WorkerVitals()
    @usableFromInline let counters = WorkerCounters()
    /// Bits of `Order`.
    @usableFromInline let control = EventWord()
    /// One of `Stage`.
    let stage = EventWord(Stage.launching)
    /// The number of its thread while that runs; otherwise 0.
    let thread = Atomic<Int32>(0)
    /// Whether `start` has succeeded once.
    let hasStarted = Atomic(false)
    /// Odd while the worker, which drains, rests: it has found its inbox empty, and takes nothing
    /// out of it before this is even again.
    private let rests = Atomic<UInt64>(0)
    private let shared = Mutex(Shared())

    private struct Shared {
        var inlet: InletBox<Message, Response>?
        var pings: [ReplyCell<Void>] = []
        var handOver: HandOverOrder<Message, Response>?
        var groupRestart: GroupRestart?
        var isGone = false
        /// The last failure to start.
        var startFailure: WorkerFailure?
    }

    init(index: Int, name: String, pu: Int?) {
        self.index = index
        self.name = name
        self.pu = pu
    }

    // MARK: - Anybody

    /// The end of the inbox that the worker reads; nil before its thread has made one.
    var inlet: InletBox<Message, Response>? { shared.withLock { $0.inlet } }

    /// Whether the worker has a part in a resize that it has not done.
    var hasHandOver: Bool { shared.withLock { $0.handOver != nil } }

    /// Whether the worker takes no orders any more.
    var isGone: Bool { shared.withLock { $0.isGone } }

    /// Gives an order, and wakes the worker if it waits.
    func order(_ bits: UInt32) {
        control.raise(bits)
        // Pairs with the fence in `WorkerShell.waitForParcel`: the worker says that it is idle and
        // looks at its orders; here the orders are given and then it is asked whether it is idle.
        // One of the two sees the other. Who is not idle looks at the orders before its next wait,
        // and who is paused or backs off sleeps on the control word itself.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard vitals.isIdle else { return }
        // A full inbox needs no nudge: who has something to receive does not sleep. Nor does one
        // with a nudge in it: who takes that out looks at the orders afterwards, and before it
        // waits again with the fence in between that is named above.
        guard let box = inlet, !box.holdsNudge.exchange(true, ordering: .relaxed) else { return }
        if case .sent = box.inlet.trySend(.nudge) { return }
        box.holdsNudge.store(false, ordering: .relaxed)
    }

    /// Adds a ping; false when the worker is gone.
    func ping(_ cell: ReplyCell<Void>) -> Bool {
        let isThere = shared.withLock { shared in
            if !shared.isGone { shared.pings.append(cell) }
            return !shared.isGone
        }
        if isThere { order(Order.ping) }
        return isThere
    }

    /// Takes back a ping that nobody waits for any more.
    func forget(_ cell: ReplyCell<Void>) {
        shared.withLock { shared in shared.pings.removeAll { $0 === cell } }
    }

    /// Hands the worker its part in a resize; false when it is gone.
    func place(_ handOver: HandOverOrder<Message, Response>) -> Bool {
        let isThere = shared.withLock { shared in
            if !shared.isGone { shared.handOver = handOver }
            return !shared.isGone
        }
        if isThere { order(Order.handOver) }
        return isThere
    }

    /// Tells the worker of a restart together with others; false when it is gone.
    func place(_ restart: GroupRestart) -> Bool {
        let isThere = shared.withLock { shared in
            if !shared.isGone { shared.groupRestart = restart }
            return !shared.isGone
        }
        if isThere { order(Order.regroup) }
        return isThere
    }

    /// Messages in the inbox, during a resize in the one that the worker reads, and in the batch that
    /// it has in hand.
    var queueDepth: Int {
        let inHand = counters.inHand.load(ordering: .relaxed)
        guard let box = inlet else { return inHand }
        let nudges = box.holdsNudge.load(ordering: .relaxed) ? 1 : 0
        return max(0, inHand + box.inlet.count - nudges)
    }

    /// Which rest the worker is in, with nothing in its inbox; nil where it is at work. One that
    /// has ended is in rest 0.
    var rest: UInt64? {
        if stage.load() == Stage.ended { return 0 }
        guard let box = inlet, box.inlet.count == 0 else { return nil }
        // After the look at the inbox: whoever takes something out has ended its rest before.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        let rest = rests.load(ordering: .acquiring)
        return rest & 1 == 1 ? rest : nil
    }

    /// Why the worker could not be started; nil where that is not known.
    var startFailure: WorkerFailure? { shared.withLock { $0.startFailure } }

    // MARK: - The worker's thread

    /// Makes `inlet` the one through which the worker is reached.
    @usableFromInline
    func adopt(_ inlet: InletBox<Message, Response>) {
        shared.withLock { $0.inlet = inlet }
    }

    /// Says that the worker has done its part in a resize.
    @usableFromInline
    func completeHandOver() {
        shared.withLock { $0.handOver = nil }
    }

    @usableFromInline
    func answerPings() {
        for cell in takePings() { cell.resolve(.response(())) }
    }

    private func takePings() -> [ReplyCell<Void>] {
        shared.withLock { shared in
            let pings = shared.pings
            shared.pings = []
            return pings
        }
    }

    /// Says that the nudge has been taken out of the inbox.
    @usableFromInline
    func takeNudge() {
        inlet?.holdsNudge.store(false, ordering: .relaxed)
    }

    @usableFromInline
    func note(startFailure: WorkerFailure) {
        shared.withLock { $0.startFailure = startFailure }
    }

    /// Begins a rest.
    @usableFromInline
    func beginRest() {
        rests.wrappingAdd(1, ordering: .acquiringAndReleasing)
        // Of two workers that come to rest at once, one sees that the other rests.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Ends a rest when there is an order, or something in the inbox.
    ///
    /// By looks with naps in between, asleep on the control word and not at the inbox: whoever waits
    /// at the inbox takes out what comes, and is at work only afterwards.
    @usableFromInline
    func endRest() {
        var looks = 0
        var nap = Duration.microseconds(20)
        while control.load() == 0, inlet?.inlet.count == 0 {
            looks += 1
            if looks <= 64 {
                nilometer_pause()
            } else {
                control.sleep(while: 0, until: MonotonicTime.now() + nap)
                nap = min(nap * 2, .milliseconds(10))
            }
        }
        rests.wrappingAdd(1, ordering: .acquiringAndReleasing)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    @usableFromInline
    func currentHandOver() -> HandOverOrder<Message, Response>? {
        shared.withLock { $0.handOver }
    }

    /// The restart with others that the worker was told of last, once.
    @usableFromInline
    func takeGroupRestart() -> GroupRestart? {
        shared.withLock { $0.groupRestart.take() }
    }

    /// Says that the worker, which has no state any more, takes no further orders; its part in a
    /// resize, if it has one left.
    @usableFromInline
    func leave() -> HandOverOrder<Message, Response>? {
        let left = shared.withLock { shared in
            shared.isGone = true
            return shared.handOver.take()
        }
        takeGroupRestart()?.arrive(ObjectIdentifier(self))
        for cell in takePings() { cell.resolve(.workerStopped) }
        return left
    }

    /// Tells who waits for it how far the worker has come.
    @usableFromInline
    func reach(_ stage: UInt32) {
        if stage == Stage.started { hasStarted.store(true, ordering: .relaxed) }
        self.stage.store(stage)
        self.stage.wakeAll()
    }
}

/// An inlet on the heap, for those who keep one.
@usableFromInline
final class InletBox<Message: Sendable, Response: Sendable>: Sendable {
    @usableFromInline let inlet: Inlet<Message, Response>
    /// Whether a nudge is on its way or in the inbox: one is enough.
    let holdsNudge = Atomic(false)

    @usableFromInline
    init(_ inlet: consuming Inlet<Message, Response>) {
        self.inlet = inlet
    }
}
