import Synchronization

/// One operation on a channel as the thread that did it saw it.
struct Event: Hashable {
    enum Action: Hashable {
        case send(Int, Outcome)
        /// A look without waiting; nil where there was nothing.
        case receive(Int?)
        /// A wait that ended with nothing: closed and drained.
        case receivedEnd
        case close
    }

    enum Outcome: Hashable {
        case sent, full, closed
    }

    let action: Action
    /// Before it began.
    let invoked: Int
    /// After it had ended.
    let returned: Int
    /// Which thread did it, and as which of its operations: these come in their order, also where
    /// nobody looked at a clock between them. Nil for one that stands alone.
    var turn: Turn?

    struct Turn: Hashable {
        let thread: Int
        let step: Int
    }
}

/// The history of a channel, and whether some order of its operations, each at one moment between
/// its beginning and its end, is what a bounded queue would have done.
///
/// The search of Wing and Gong ("Testing and verifying concurrent objects", JPDC 1993) with Lowe's
/// memory of what was tried ("Testing for linearizability", 2017): a set of operations that were
/// done together with the queue that they left is looked at once.
struct History {
    let capacity: Int
    let events: [Event]

    private struct State: Hashable {
        var done: UInt64 = 0
        var queue: [Int] = []
        var isClosed = false
    }

    /// - Parameter events: at most 64.
    var isLinearizable: Bool {
        precondition(events.count <= 64, "\(events.count) events are more than 64")
        var seen: Set<State> = []
        var pending = [State()]
        while let state = pending.popLast() {
            guard seen.insert(state).inserted else { continue }
            if state.done.nonzeroBitCount == events.count { return true }
            let open = events.indices.filter { state.done & (1 << UInt64($0)) == 0 }
            let end = open.map { events[$0].returned }.min() ?? 0
            for index in open where events[index].invoked < end && isNext(index, of: open) {
                if var next = self.next(after: events[index].action, from: state) {
                    next.done |= 1 << UInt64(index)
                    pending.append(next)
                }
            }
        }
        return false
    }

    /// Whether an operation is the first of its thread's that are open.
    private func isNext(_ index: Int, of open: [Int]) -> Bool {
        guard let turn = events[index].turn else { return true }
        return !open.contains {
            guard let other = events[$0].turn else { return false }
            return other.thread == turn.thread && other.step < turn.step
        }
    }

    /// What a bounded queue would be after it; nil where it would have answered otherwise.
    private func next(after action: Event.Action, from state: State) -> State? {
        var next = state
        switch action {
        case .send(let value, .sent):
            guard !state.isClosed && state.queue.count < capacity else { return nil }
            next.queue.append(value)
        case .send(_, .full):
            guard !state.isClosed && state.queue.count == capacity else { return nil }
        case .send(_, .closed):
            guard state.isClosed else { return nil }
        case .receive(let value?):
            guard state.queue.first == value else { return nil }
            next.queue.removeFirst()
        case .receive(nil):
            guard state.queue.isEmpty else { return nil }
        case .receivedEnd:
            guard state.isClosed && state.queue.isEmpty else { return nil }
        case .close:
            next.isClosed = true
        }
        return next
    }
}

/// What one thread did. Looks at the clock before and after every two operations only: a look makes all
/// that the thread has written visible, which between two operations nothing else does.
struct Notebook {
    private let recorder: Recorder
    private let thread: Int
    private var events: [Event] = []
    private var pair: [Event.Action] = []
    private var invoked = 0

    init(_ recorder: Recorder, thread: Int) {
        self.recorder = recorder
        self.thread = thread
    }

    /// Does an operation, and notes what came of it.
    mutating func note(_ operation: () -> Event.Action) {
        if pair.isEmpty { invoked = recorder.now() }
        pair.append(operation())
        if pair.count == 2 { endPair() }
    }

    /// Hands over what was noted.
    mutating func finish() {
        if !pair.isEmpty { endPair() }
        recorder.record(events)
    }

    private mutating func endPair() {
        let returned = recorder.now()
        for action in pair {
            events.append(
                Event(
                    action: action, invoked: invoked, returned: returned,
                    turn: Event.Turn(thread: thread, step: events.count)))
        }
        pair = []
    }
}

/// Takes down what threads do, with the order of what did not overlap.
final class Recorder: Sendable {
    private let clock = Atomic<Int>(0)
    private let recorded = Locked<[Event]>([])

    var events: [Event] { recorded.withLock { $0 } }

    /// The next moment. Ordered with everything before and after it on the same thread.
    func now() -> Int {
        clock.add(1, ordering: .sequentiallyConsistent).oldValue
    }

    func record(_ events: [Event]) {
        recorded.withLock { $0 += events }
    }
}
