import Channels
import Synchronization

/// What a worker is told beside its messages: bits of its control word.
@usableFromInline
enum Order {
    /// Handle nothing until this bit is gone.
    @inlinable static var pause: UInt32 { 1 }
    /// End when the inbox is empty.
    @inlinable static var drain: UInt32 { 2 }
    /// End before the next message.
    @inlinable static var end: UInt32 { 4 }
    /// Make the state anew before the next message.
    @inlinable static var restart: UInt32 { 8 }
    /// Answer the pings.
    @inlinable static var ping: UInt32 { 16 }
    /// Take up the hand-over.
    @inlinable static var handOver: UInt32 { 32 }
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
    /// Whether `start` has succeeded once.
    let hasStarted = Atomic(false)
    private let shared = Mutex(Shared())

    private struct Shared {
        var inlet: InletBox<Message, Response>?
        var pings: [ReplyCell<Void>] = []
        var handOver: HandOverOrder<Message, Response>?
        var isGone = false
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
        // A full inbox needs no nudge: who has something to receive does not sleep.
        if let box = inlet { _ = box.inlet.trySend(.nudge) }
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

    /// Hands the worker its part in a resize; false when it is gone.
    func place(_ handOver: HandOverOrder<Message, Response>) -> Bool {
        let isThere = shared.withLock { shared in
            if !shared.isGone { shared.handOver = handOver }
            return !shared.isGone
        }
        if isThere { order(Order.handOver) }
        return isThere
    }

    /// Messages in the inbox.
    var queueDepth: Int { inlet?.inlet.count ?? 0 }

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
        let pings = shared.withLock { shared in
            let pings = shared.pings
            shared.pings = []
            return pings
        }
        for cell in pings { cell.resolve(.response(())) }
    }

    @usableFromInline
    func currentHandOver() -> HandOverOrder<Message, Response>? {
        shared.withLock { $0.handOver }
    }

    /// Says that the worker takes no further orders; its part in a resize, if it has one left.
    @usableFromInline
    func leave() -> HandOverOrder<Message, Response>? {
        let left = shared.withLock { shared in
            shared.isGone = true
            let handOver = shared.handOver
            shared.handOver = nil
            return handOver
        }
        answerPings()
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

    @usableFromInline
    init(_ inlet: consuming Inlet<Message, Response>) {
        self.inlet = inlet
    }
}
