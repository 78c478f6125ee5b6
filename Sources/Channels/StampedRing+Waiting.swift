extension StampedRing where Element: ~Copyable {
    /// As `claimRoom`, and waits for room; `none` where the deadline has passed. Leaves the head alone,
    /// of which receivers have the line, as long as it only spins.
    @inlinable @inline(never)
    func waitForRoom(_ patience: Patience, _ deadline: Deadline) -> UInt64 {
        // Polls seldom: receivers are busy with those lines, and by the time they have been left
        // alone there will be room for more than one element.
        wait(
            patience, deadline, pauses: 8, senders, senderWaits,
            looksOpen: {
                let tail = self.tail.loadRelaxed()
                let stamp = stamp(at: tail).loadAcquiring()
                return tail & RingPositions.closed != 0 || !positions.isBefore(stamp, tail)
            },
            attempt: { claimRoomPatiently() })
    }

    /// As `claimElement`, and waits for an element; `none` where the deadline has passed. Leaves the
    /// tail alone, as `waitForRoom` does the head.
    @inlinable @inline(never)
    func waitForElement(_ patience: Patience, _ deadline: Deadline) -> UInt64 {
        wait(
            patience, deadline, pauses: 2, receivers, receiverWaits,
            looksOpen: { looksPublished(at: head.loadRelaxed()) },
            attempt: { claimElementPatiently() })
    }

    /// As `awaitPublication` for a sole receiver at `head`, and waits for an element; `none` where
    /// the deadline has passed.
    @inlinable @inline(never)
    func waitForElement(
        at head: UInt64, _ patience: Patience, _ deadline: Deadline
    ) -> UInt64 {
        wait(
            patience, deadline, pauses: 2, receivers, receiverWaits,
            looksOpen: { looksPublished(at: head) },
            attempt: { awaitPublication(at: head) })
    }

    /// For a sole receiver at `head`: `head` where there is an element, or as `refusal(at:)`. What is
    /// in the middle of being sent is waited for, as in `claimElementPatiently`.
    @inlinable @inline(never)
    func awaitPublication(at head: UInt64) -> UInt64 {
        var contention = Contention<Atomics>()
        while true {
            // Pairs with the releasing store in `write`.
            if stamp(at: head).loadAcquiring() == head &+ 1 { return head }
            if let refusal = refusal(at: head) { return refusal }
            contention.isWaiting()
        }
    }

    /// Whether a look at the head `head` is worth while; takes the slot's line.
    ///
    /// The sender's next store then costs one transfer, where a line that both hold costs the
    /// invalidation of one copy and then the transfer of another.
    @inlinable @inline(__always)
    func looksPublished(at head: UInt64) -> Bool {
        // Pairs with the releasing stores in `write` and in `close`.
        positions.isBefore(head, stamp(at: head).takeAcquiring())
            || closedFlag.loadAcquiring() != 0
    }

    /// Repeats `attempt` until it returns something else than `none`, or the deadline has passed.
    /// While nothing but pauses separates the polls, only where `looksOpen` says so.
    @inlinable @inline(__always)
    func wait(
        _ strategy: Patience, _ deadline: Deadline, pauses: Int, _ sleepers: EventCount<Atomics>,
        _ counts: WaitCounts<Atomics>, looksOpen: () -> Bool, attempt: () -> UInt64
    ) -> UInt64 {
        if looksOpen() {
            let claim = attempt()
            if claim != RingPositions.none { return claim }
        }
        counts.waits.retain()
        var patience = strategy
        if strategy.adapts { patience.spins = counts.budget(strategy).polls }
        var polls = 0
        while true {
            polls &+= 1
            var isWorthwhile = true
            var isLate = false
            switch patience.step(after: polls) {
            case .pause:
                for _ in 0..<pauses { Atomics.pause() }
                isWorthwhile = looksOpen()
                isLate = polls & 3 == 0 && deadline.hasPassed(Atomics.self)
            case .yield:
                Atomics.yield()
                isLate = deadline.hasPassed(Atomics.self)
            case .park:
                if strategy.adapts { patience.spins = counts.learn(strategy) { $0.wasInVain() } }
                let ticket = sleepers.prepare()
                let claim = attempt()
                if claim != RingPositions.none {
                    sleepers.cancel(ticket)
                    return claim
                }
                counts.parks.retain()
                isLate = !sleepers.sleep(ticket, until: deadline.nanoseconds)
                polls = 0
            }
            guard isWorthwhile || isLate else { continue }
            // Also when it is late: the wake-up may have been for this thread.
            let claim = attempt()
            if claim == RingPositions.none && !isLate { continue }
            if strategy.adapts, polls > 0, claim != RingPositions.none {
                _ = counts.learn(strategy) { $0.wasEnough(polls) }
            }
            return claim
        }
    }
}
