import CNilometerShims
import Synchronization

/// What became of a request, as its worker says.
@frozen @usableFromInline
enum ReplyOutcome<Response: Sendable>: Sendable {
    case response(Response)
    case failed(WorkerFailure)
    case workerStopped
}

/// Where one requester waits for one answer at a time, and a worker puts it.
///
/// A cell serves one request after the other. One that was given up is left to the worker, which
/// may still answer into it, and the requester takes a new one: a late answer never meets the next
/// request.
///
/// `@unchecked Sendable`: `outcome` is written by the one worker that has the request, before it
/// turns the state to `ready`, and read by the requester after it has seen that. `continuation` is
/// written by the requester before it turns the state to `suspended`, and read by who turns it away
/// from there.
@safe @usableFromInline
final class ReplyCell<Response: Sendable>: @unchecked Sendable {
    @usableFromInline let state = EventWord(ReplyState.pending)
    @usableFromInline var outcome: ReplyOutcome<Response>?
    private var continuation: CheckedContinuation<ReplyOutcome<Response>?, Never>?

    @usableFromInline
    init() {}

    /// Whether nobody waits for the answer any more: it says so for good.
    @inlinable
    var isAbandoned: Bool { state.load() == ReplyState.abandoned }

    /// Puts the answer in, and wakes who waits. Once a request.
    @inlinable
    func resolve(_ answer: consuming ReplyOutcome<Response>) {
        outcome = answer
        // Releasing: pairs with the acquiring loads in `wait` and `take`.
        let seen = state.exchange(ReplyState.pending, for: ReplyState.ready)
        if _slowPath(seen != ReplyState.pending) { resolveWaiting(seen) }
    }

    @usableFromInline
    func resolveWaiting(_ first: UInt32) {
        var seen = first
        while seen != ReplyState.abandoned {
            let now = state.exchange(seen, for: ReplyState.ready)
            if now == seen { break }
            seen = now
        }
        switch seen {
        case ReplyState.asleep: state.wakeAll()
        case ReplyState.suspended: continuation?.resume(returning: take())
        default: break
        }
    }

    /// Waits for the answer as long as `deadline` allows; nil when it did not come, and the cell
    /// must not be used again.
    ///
    /// - Parameter patience: how long to look before sleep; learns from this wait.
    @inlinable
    func wait(
        _ patience: inout ReplyPatience, until deadline: MonotonicTime?
    ) -> ReplyOutcome<Response>? {
        var polls = 0
        while polls < 64 {
            if state.load() == ReplyState.ready { return take() }
            nilometer_pause()
            polls += 1
        }
        return waitLonger(&patience, until: deadline)
    }

    @usableFromInline
    func waitLonger(
        _ patience: inout ReplyPatience, until deadline: MonotonicTime?
    ) -> ReplyOutcome<Response>? {
        let start = MonotonicTime.now().nanoseconds
        var polls = 0
        while state.load() != ReplyState.ready {
            nilometer_pause()
            polls &+= 1
            // Not a look at the clock for each look at the answer.
            guard polls & 15 == 0 else { continue }
            let now = MonotonicTime.now()
            if let deadline, now >= deadline { return giveUp(from: ReplyState.pending) }
            if now.nanoseconds &- start >= patience.nanoseconds {
                patience.wasInVain()
                return sleep(until: deadline)
            }
        }
        patience.wasEnough()
        return take()
    }

    private func sleep(until deadline: MonotonicTime?) -> ReplyOutcome<Response>? {
        _ = state.exchange(ReplyState.pending, for: ReplyState.asleep)
        let isAnswered = state.wait(until: deadline) { $0 == ReplyState.ready }
        return isAnswered ? take() : giveUp(from: ReplyState.asleep)
    }

    private func giveUp(from seen: UInt32) -> ReplyOutcome<Response>? {
        // The answer may have come after the last look.
        state.exchange(seen, for: ReplyState.abandoned) == ReplyState.ready ? take() : nil
    }

    @usableFromInline
    func take() -> ReplyOutcome<Response>? {
        let answer = outcome
        outcome = nil
        // The requester's own again; the next send orders it before what the next worker does.
        state.store(ReplyState.pending)
        return answer
    }

    /// Suspends the task until the answer is there, or the time is over (nil): then the cell must not
    /// be used again. After the request has been sent.
    func suspend(until deadline: MonotonicTime) async -> ReplyOutcome<Response>? {
        var clock: Task<Void, any Error>?
        let answer = await withCheckedContinuation {
            (continuation: CheckedContinuation<ReplyOutcome<Response>?, Never>) in
            self.continuation = continuation
            // Releasing: who sees that a task is suspended sees the continuation.
            let seen = state.exchange(ReplyState.pending, for: ReplyState.suspended)
            guard seen == ReplyState.pending else { return continuation.resume(returning: take()) }
            // No earlier: a clock that runs down before there is anything to give up is lost.
            clock = Task {
                try await Task.sleep(for: max(.zero, deadline - MonotonicTime.now()))
                giveUpSuspended()
            }
        }
        clock?.cancel()
        return answer
    }

    private func giveUpSuspended() {
        let seen = state.exchange(ReplyState.suspended, for: ReplyState.abandoned)
        if seen == ReplyState.suspended { continuation?.resume(returning: nil) }
    }
}

/// The states of a `ReplyCell`.
@usableFromInline
enum ReplyState {
    /// No answer; nobody sleeps.
    @inlinable static var pending: UInt32 { 0 }
    /// No answer; the requester sleeps.
    @inlinable static var asleep: UInt32 { 1 }
    /// No answer; a task is suspended.
    @inlinable static var suspended: UInt32 { 2 }
    /// The answer is there.
    @inlinable static var ready: UInt32 { 3 }
    /// Nobody waits any more.
    @inlinable static var abandoned: UInt32 { 4 }
}
