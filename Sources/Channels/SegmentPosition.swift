/// Where the only consumer of an unbounded channel stands: a segment, and the next slot in it.
///
/// A value that lives in registers while a consumer is used in a loop.
@safe @frozen @usableFromInline
struct SegmentPosition<Atomics: AtomicsProvider> {
    @usableFromInline var segment: Segment<Atomics>
    @usableFromInline var number: UInt64

    /// Before the first slot of a segment.
    @inlinable
    init(startOf segment: Segment<Atomics>) {
        self.segment = segment
        number = 0
    }

    @inlinable var claim: SegmentClaim<Atomics> {
        @inline(__always) get { SegmentClaim(segment, number) }
    }
}

/// How the only receiver of a channel comes by an element.
extension SegmentedMemory {
    /// Whether the next slot is in this segment, and written.
    @inlinable @inline(__always)
    func isWritten<Element: ~Copyable>(
        _ position: SegmentPosition<Atomics>, _ layout: SegmentLayout<Element>.Type
    ) -> Bool {
        // Pairs with the releasing store in `SegmentSlot.write`.
        position.number < capacity
            && position.claim.slot(layout).state.loadAcquiring() == SlotState.written
    }

    /// As `isWritten`; takes the slot's line. A segment that was left behind counts as well: the next
    /// look then goes on from there.
    @inlinable @inline(__always)
    func looksWritten(_ position: SegmentPosition<Atomics>) -> Bool {
        if _slowPath(position.number == capacity) {
            return SendTickets(sending.loadAcquiring()).address != position.segment.address
        }
        // Pairs as in `isWritten`.
        return position.claim.slot(geometry).state.takeAcquiring() == SlotState.written
    }

    /// Whether the next slot is written, wherever it is.
    @usableFromInline
    func hasElement(_ position: SegmentPosition<Atomics>) -> Bool {
        var claim = position.claim
        if claim.number == capacity {
            guard SendTickets(sending.loadAcquiring()).address != claim.segment.address else {
                return false
            }
            claim = SegmentClaim(Segment(claim.segment.next.loadAcquiring()), 0)
        }
        // Pairs with the releasing store in `SegmentSlot.write`.
        return claim.slot(geometry).state.loadAcquiring() == SlotState.written
    }

    /// Goes on to the next segment where this one is read to its end, and says what is there: `likely`
    /// where the next slot is written.
    ///
    /// Waits for nobody but a sender that is about to write that slot, and for that one only if
    /// others may have been quicker, so that the channel cannot be said to be empty.
    @inlinable @inline(never)
    func advance(_ position: inout SegmentPosition<Atomics>) -> SegmentOutlook {
        // So that a thread that has sent to another channel before sees what was sent here until then.
        Atomics.fenceSequentiallyConsistent()
        while true {
            let segment = position.segment
            if position.number == capacity {
                let sent = SendTickets(sending.loadAcquiring())
                // The consumer's residence keeps the segment alive: no other can have its address.
                if sent.address == segment.address { return sent.isClosed ? .closed : .empty }
                let next = Segment<Atomics>(segment.next.loadAcquiring())
                // Relaxed: for who counts, and for the end, which has its own ordering.
                receiving.storeRelaxed(ReceiveTickets(next.address, tickets: 0).word)
                emptiedSlots.storeRelaxed(0)
                receivedSegments.addRelaxed(1)
                drop(Segment<Atomics>.residence, of: segment)
                position = SegmentPosition(startOf: next)
            }
            let slot = position.claim.slot(geometry)
            // Pairs with the releasing store in `SegmentSlot.write`.
            if slot.state.loadAcquiring() == SlotState.written { return .likely }
            let sent = SendTickets(sending.loadAcquiring())
            if sent.address == position.segment.address {
                let slots = sent.slots(of: capacity)
                if slots <= position.number { return sent.isClosed ? .closed : .empty }
                // The one sender that has a slot had not written it: nothing was sent until then.
                if slots == position.number + 1 && !sent.isClosed { return .empty }
            }
            _ = waitForSender(slot)
        }
    }

    /// Waits for an element at the next slot, until nothing will come or the deadline is past; nil
    /// where it is.
    @inlinable @inline(never)
    func wait(
        for position: inout SegmentPosition<Atomics>, _ strategy: Patience,
        until deadline: Deadline
    ) -> SegmentOutlook? {
        let counts = receiverWaits
        counts.waits.retain()
        var patience = strategy
        if strategy.adapts { patience.spins = counts.budget(strategy).polls }
        var polls = 0
        while true {
            var isLate = deadline.hasPassed(Atomics.self)
            polls += 1
            let step = patience.step(after: polls)
            if step != .park {
                pause(step)
                guard looksWritten(position) || isClosed || isLate else { continue }
            } else {
                if strategy.adapts { patience.spins = counts.learn(strategy) { $0.wasInVain() } }
                let registration = sleepers.prepare()
                // After the barrier in `prepare`: either this sees what was sent, or the sender the
                // sleeper.
                let outlook = advance(&position)
                if outlook == .empty && !isLate {
                    counts.parks.retain()
                    isLate = !sleepers.sleep(registration, until: deadline.nanoseconds)
                } else {
                    sleepers.cancel(registration)
                }
                polls = 0
            }
            // Also when it is late: the wake-up may have come at the same time.
            let outlook = advance(&position)
            if outlook == .empty {
                if isLate { return nil }
                continue
            }
            if strategy.adapts, polls > 0 { _ = counts.learn(strategy) { $0.wasEnough(polls) } }
            return outlook
        }
    }

    /// The only consumer closes the channel, and destroys what it has not received.
    @usableFromInline
    func dropConsumer<Element: ~Copyable>(
        at position: SegmentPosition<Atomics>, _: Element.Type
    ) {
        close()
        var position = position
        while advance(&position) == .likely {
            let place = unsafe position.claim.slot(geometry).place(Element.self)
            // Sound: written, and received by nobody; the position leaves it behind.
            unsafe Atomics.willRead(place, count: 1)
            unsafe place.deinitialize(count: 1)
            position.number += 1
            emptiedSlots.storeRelaxed(position.number)
        }
        release()
    }

    /// One of many consumers goes; the last one closes the channel, and destroys what nobody has
    /// received.
    @usableFromInline
    func dropConsumer<Element: ~Copyable>(_: Element.Type) {
        if consumers.release() {
            close()
            while case .written(let slot) = find() {
                let place = unsafe slot.place(Element.self)
                // Sound: written, and this thread's own by its ticket.
                unsafe Atomics.willRead(place, count: 1)
                unsafe place.deinitialize(count: 1)
                // Pairs as in `SegmentSlot.take`.
                slot.state.storeReleasing(SlotState.done)
            }
        }
        release()
    }
}
