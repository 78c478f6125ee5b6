/// A wait of one of many receivers. It holds a ticket and watches its slot, so that an element comes to
/// it in the one transfer of a cache line that this takes.
@frozen @usableFromInline
struct SegmentWait<Atomics: AtomicsProvider> {
    @usableFromInline let memory: SegmentedMemory<Atomics>
    @usableFromInline let strategy: Patience
    @usableFromInline let deadline: Deadline

    @inlinable
    init(_ memory: SegmentedMemory<Atomics>, _ strategy: Patience, until deadline: Deadline) {
        self.memory = memory
        self.strategy = strategy
        self.deadline = deadline
    }

    /// Waits until there is an element, nothing will come, or the deadline is past. `ticket` has been
    /// taken already if it is given.
    @inlinable @inline(never)
    func outcome(_ ticket: ReceiveTickets?) -> SegmentFind<Atomics> {
        var held = memory.claim(ticket) ?? memory.claimAhead()
        if let claim = held {
            let slot = claim.slot(memory.geometry)
            // Pairs with the releasing store in `SegmentSlot.write`.
            if slot.state.loadAcquiring() == SlotState.written { return .written(slot) }
        }
        memory.receiverWaits.waits.retain()
        while true {
            if let slot = watch(held) { return .written(slot) }
            held = nil
            var isLate = deadline.hasPassed(Atomics.self)
            if strategy.parks && !isLate && !memory.isClosed { isLate = !park() }
            // Also when it is late: the wake-up may have been for this thread.
            let found = memory.find()
            guard case .empty = found else { return found }
            if isLate { return .timedOut }
        }
    }

    /// Polls a slot of its own for as long as the strategy says; gives it up at the end.
    @inlinable
    func watch(_ first: SegmentClaim<Atomics>?) -> SegmentSlot<Atomics>? {
        var patience = strategy
        let counts = memory.receiverWaits
        if strategy.adapts { patience.spins = counts.budget(strategy).polls }
        var held = first
        var polls = 0
        while true {
            if held == nil { held = memory.claimAhead() }
            if let claim = held {
                let slot = claim.slot(memory.geometry)
                // Pairs with the releasing store in `SegmentSlot.write`. Takes the line, so that the
                // sender's stores cost one transfer instead of two.
                if slot.state.takeAcquiring() == SlotState.written {
                    if strategy.adapts, polls > 0 {
                        _ = counts.learn(strategy) { $0.wasEnough(polls) }
                    }
                    return slot
                }
            }
            polls += 1
            let step = patience.step(after: polls)
            if step == .park && strategy.adapts {
                _ = counts.learn(strategy) { $0.wasInVain() }
            }
            if step == .park || memory.isClosed || deadline.hasPassed(Atomics.self) { break }
            memory.pause(step)
        }
        guard let claim = held else { return nil }
        return memory.abandon(claim)
    }

    /// Sleeps until woken or until the deadline, unless there is something already. False where the
    /// deadline ended it.
    @inlinable
    func park() -> Bool {
        let registration = memory.sleepers.prepare()
        // After the barrier in `prepare`: either this sees what was sent, or the sender the sleeper.
        if memory.outlook() == .empty {
            memory.receiverWaits.parks.retain()
            return memory.sleepers.sleep(registration, until: deadline.nanoseconds)
        }
        memory.sleepers.cancel(registration)
        return true
    }
}

extension SegmentedMemory {
    /// Whether nothing more can be sent, though there may still be something.
    @inlinable var isClosed: Bool {
        // Pairs with the releasing store in `close`.
        @inline(__always) get { closed.loadAcquiring() != 0 }
    }

    /// A ticket whether or not its slot has a sender yet; nil at the end of a segment that the senders
    /// have not left.
    @inlinable
    func claimAhead() -> SegmentClaim<Atomics>? {
        let here = ReceiveTickets(receiving.loadRelaxed())
        if here.tickets >= capacity {
            guard SendTickets(sending.loadRelaxed()).address != here.address else { return nil }
        }
        return claim(ReceiveTickets(receiving.add(1)))
    }

    /// What is done between two polls of a wait for an element.
    @inlinable @inline(__always)
    func pause(_ step: Patience.Step) {
        if step == .yield {
            Atomics.yield()
        } else {
            // Two leave the sender time to use the line that the polls take.
            Atomics.pause()
            Atomics.pause()
        }
    }
}
