import Synchronization

/// A restart of several workers together: none makes a new state before all have let go of their old
/// ones.
///
/// Each is told, and lets go of its state between messages, while it waits for anything that a pool
/// makes it wait for, or by ending. Nobody who has been told waits for anybody before that: so the
/// last one always comes, unless a message never ends. Any thread.
@usableFromInline
final class GroupRestart: Sendable {
    private struct Members {
        /// Who takes part, ever.
        var all: Set<ObjectIdentifier>
        /// Who has not let go of its state.
        var waitedFor: Set<ObjectIdentifier>
        /// When the first of them may start again.
        var notBefore: MonotonicTime
    }

    private let members: Mutex<Members>
    /// 1 once all have let go; never 0 again.
    private let isComplete: EventWord

    /// Of the workers with these seats, which start again after `notBefore`.
    init(of seats: [ObjectIdentifier], notBefore: MonotonicTime) {
        let all = Set(seats)
        members = Mutex(Members(all: all, waitedFor: all, notBefore: notBefore))
        isComplete = EventWord(all.isEmpty ? 1 : 0)
    }

    /// Takes more workers in, while somebody is waited for: a failure meanwhile is part of the same
    /// restart, since two that waited for each other's workers would never end.
    ///
    /// - Returns: those that were not in it; nil where it is complete.
    func join(_ seats: [ObjectIdentifier], notBefore: MonotonicTime) -> Set<ObjectIdentifier>? {
        members.withLock { members in
            guard !members.waitedFor.isEmpty else { return nil }
            let new = Set(seats).subtracting(members.all)
            members.all.formUnion(new)
            members.waitedFor.formUnion(new)
            members.notBefore = max(members.notBefore, notBefore)
            return new
        }
    }

    /// Whether the worker with this seat has still to let go of its state.
    @usableFromInline
    func awaits(_ seat: ObjectIdentifier) -> Bool {
        members.withLock { $0.waitedFor.contains(seat) }
    }

    /// Says that the worker with this seat has let go of its state. Any number of times.
    @usableFromInline
    func arrive(_ seat: ObjectIdentifier) {
        let isLast = members.withLock { members in
            members.waitedFor.remove(seat) != nil && members.waitedFor.isEmpty
        }
        if isLast { isComplete.raise(1) }
    }

    /// Whether all have let go of their states; waits a millisecond at most.
    @usableFromInline
    func waitForAll() -> Bool {
        let soon = MonotonicTime.now() + .milliseconds(1)
        return isComplete.wait(until: soon) { $0 == 1 }
    }

    /// How long it is until the first may start again.
    @usableFromInline
    var timeLeft: Duration {
        max(.zero, members.withLock { $0.notBefore } - MonotonicTime.now())
    }
}

extension PoolCore {
    /// Tells the workers of a scope to restart together with the one in `seat`, which failed; nil
    /// where nobody else is in the scope. The caller lets go of its own state.
    @usableFromInline
    func beginRestart(
        _ scope: RestartScope, from seat: WorkerSeat<W.Message, W.Response>, after delay: Duration
    ) -> GroupRestart? {
        guard scope != .one else { return nil }
        let notBefore = MonotonicTime.now() + delay
        let (restart, told) = life.withLock { life -> (GroupRestart, [Seat]) in
            let affected = life.seats.filter { scope == .all || $0.index >= seat.index }
            let members = affected.map { ObjectIdentifier($0) }
            if let open = life.restart, let new = open.join(members, notBefore: notBefore) {
                return (open, affected.filter { new.contains(ObjectIdentifier($0)) })
            }
            let restart = GroupRestart(of: members, notBefore: notBefore)
            life.restart = restart
            return (restart, affected)
        }
        for other in told where other !== seat && !other.place(restart) {
            // It has ended, and has no state.
            restart.arrive(ObjectIdentifier(other))
        }
        return restart
    }
}

extension WorkerShell {
    /// Lets go of the state where others wait for that in order to restart together.
    @inlinable @inline(never)
    mutating func letGo() {
        guard let restart = seat.takeGroupRestart(), restart.awaits(ObjectIdentifier(seat)) else {
            return
        }
        if slot.isFull {
            dropState()
            seat.countRestart()
        }
        arrive(at: restart)
    }

    /// Says that the state is gone, for a restart with others that `makeState` then waits for.
    @inlinable
    mutating func arrive(at restart: GroupRestart) {
        restart.arrive(ObjectIdentifier(seat))
        groupRestart = restart
    }

    /// Waits until all that restart together have let go of their states, and for the delay; false
    /// when the worker is to end instead.
    @inlinable
    mutating func awaitGroup() -> Bool {
        while let restart = groupRestart {
            if restart.waitForAll() {
                groupRestart = nil
                // It may be told of the next restart meanwhile.
                if !backOff(restart.timeLeft) { return false }
                continue
            }
            seat.vitals.enter(.backingOff)
            let orders = seat.takeOrders(Order.ping | Order.regroup)
            if orders & Order.ping != 0 { seat.answerPings() }
            if orders & Order.end != 0 { return false }
            if orders & Order.regroup != 0 { letGo() }
        }
        return true
    }

    /// A new state for the old one after a failure, together with the workers of the scope; false
    /// when the worker ends instead.
    @inlinable
    mutating func restart(after delay: Duration, _ scope: RestartScope) -> Bool {
        let group = core.beginRestart(scope, from: seat, after: delay)
        dropState()
        seat.countRestart()
        if let group { arrive(at: group) }
        if backOff(delay), makeState() { return true }
        isEnding = true
        return false
    }

    /// A new state after what `letGo` may have done; false when the worker ends instead.
    @inlinable
    mutating func refill() -> Bool {
        if slot.isFull || makeState() { return true }
        isEnding = true
        return false
    }
}
