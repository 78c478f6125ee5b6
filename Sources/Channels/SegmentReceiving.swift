/// What a receiver finds at the head of an unbounded channel.
@frozen @usableFromInline
enum SegmentFind<Atomics: AtomicsProvider> {
    /// A slot with an element, which is the caller's to take.
    case written(SegmentSlot<Atomics>)
    /// No element: none was sent that was not received.
    case empty
    /// No element, and there will be none.
    case closed
    /// None came in time.
    case timedOut
}

/// What a look at the head of an unbounded channel says.
@frozen @usableFromInline
enum SegmentOutlook: UInt8 {
    /// Most likely a ticket for a slot that has a sender can be had.
    case likely
    /// For certain there was nothing at some moment of the look.
    case empty
    /// For certain there is nothing, and there will be nothing.
    case closed
}

/// How one of many receivers comes by an element.
extension SegmentedMemory {
    /// A ticket, where there are known to be slots with senders; nil where not. One addition, and no
    /// look at the senders' line.
    @inlinable @inline(__always)
    func claimKnown() -> ReceiveTickets? {
        let here = ReceiveTickets(receiving.loadRelaxed())
        guard _fastPath(here.isBehind(ReceiveTickets(known.loadRelaxed()))) else { return nil }
        // Acquires the segment's making, which its linking had released into this word.
        return ReceiveTickets(receiving.add(1))
    }

    /// As many tickets as there are known to be slots with senders, but not more than `limit`: 0 where
    /// none are known, or a segment has come to its end.
    @inlinable
    func claimKnown(atMost limit: UInt64) -> (first: SegmentClaim<Atomics>, count: UInt64) {
        var seen = receiving.loadRelaxed()
        while true {
            let here = ReceiveTickets(seen)
            let first = SegmentClaim<Atomics>(Segment(here.address), here.tickets)
            let known = ReceiveTickets(known.loadRelaxed())
            guard here.isBehind(known) else { return (first, 0) }
            // Exchanged and not added, so that none is beyond the segment's end. Should this be a later
            // life of the segment than the one that is known of, slots without senders are given up.
            let count = min(limit, known.tickets - here.tickets)
            if receiving.replace(&seen, by: seen + count) { return (first, count) }
        }
    }

    /// As `fill`, specialised.
    @inlinable @inline(__always)
    func fill<Element: ~Copyable>(
        _ claim: SegmentClaim<Atomics>, _ layout: SegmentLayout<Element>.Type
    ) -> SegmentSlot<Atomics>? {
        let slot = claim.slot(layout)
        // Pairs with the releasing store in `SegmentSlot.write`.
        return _fastPath(slot.state.loadAcquiring() == SlotState.written) ? slot : fill(claim)
    }

    /// The slot that this ticket is for if it has an element already.
    @inlinable @inline(__always)
    func writtenSlot<Element: ~Copyable>(
        _ ticket: ReceiveTickets, _ layout: SegmentLayout<Element>.Type
    ) -> SegmentSlot<Atomics>? {
        guard _fastPath(ticket.tickets < capacity) else { return nil }
        let claim = SegmentClaim<Atomics>(Segment(ticket.address), ticket.tickets)
        let slot = claim.slot(layout)
        // Pairs with the releasing store in `SegmentSlot.write`.
        return _fastPath(slot.state.loadAcquiring() == SlotState.written) ? slot : nil
    }

    /// An element, or the certainty that there is none. `ticket` has been taken already if it is given.
    ///
    /// Waits for nobody but a sender that has taken the ticket's slot and is about to write it.
    @inlinable @inline(never)
    func find(_ ticket: ReceiveTickets? = nil) -> SegmentFind<Atomics> {
        var ticket = ticket
        while true {
            if let claim = claim(ticket), let slot = fill(claim) { return .written(slot) }
            switch outlook() {
            case .likely: ticket = ReceiveTickets(receiving.add(1))
            case .empty: return .empty
            case .closed: return .closed
            }
        }
    }

    /// The slot that a ticket is for, in the next segment where this one has no more; nil where there
    /// is none, and without a ticket.
    @inlinable
    func claim(_ ticket: ReceiveTickets?) -> SegmentClaim<Atomics>? {
        guard let ticket else { return nil }
        let segment = Segment<Atomics>(ticket.address)
        if ticket.tickets < capacity { return SegmentClaim(segment, ticket.tickets) }
        precondition(
            ticket.tickets < ReceiveTickets.most && ticket.peeks < ReceiveTickets.most,
            "more than 3000 threads are in the middle of a receive from one channel")
        return leaveEmptied(segment)
    }

    /// The slot once it is written; nil if it is given up, because it has no sender.
    @inlinable
    func fill(_ claim: SegmentClaim<Atomics>) -> SegmentSlot<Atomics>? {
        let slot = claim.slot(geometry)
        // Pairs with the releasing store in `SegmentSlot.write`.
        if slot.state.loadAcquiring() == SlotState.written { return slot }
        guard hasSender(claim, SendTickets(sending.loadAcquiring())) else { return abandon(claim) }
        _ = waitForSender(slot)
        return slot
    }

    /// Whether a sender has a ticket for the slot, for which the caller has the receiver's.
    @inlinable
    func hasSender(_ claim: SegmentClaim<Atomics>, _ sent: SendTickets) -> Bool {
        // The receivers never get ahead of the senders' segment: if it is another, it is a later one.
        sent.address != claim.segment.address || sent.slots(of: capacity) > claim.number
    }

    /// Polls until a sender that has a ticket for the slot has done something; returns the state.
    @inlinable
    func waitForSender(_ slot: SegmentSlot<Atomics>) -> UInt32 {
        var contention = Contention<Atomics>()
        while true {
            // Pairs with the releasing stores in `SegmentSlot.write` and `skip`.
            let state = slot.state.loadAcquiring()
            if state != SlotState.empty { return state }
            contention.isWaiting()
        }
    }

    /// Gives up a slot, which a sender will then leave to nobody, unless it has one.
    ///
    /// - Returns: the slot with its element, where there is a sender after all.
    @inlinable @inline(never)
    func abandon(_ claim: SegmentClaim<Atomics>) -> SegmentSlot<Atomics>? {
        let segment = claim.segment
        segment.skips.addRelaxed(claim.bit)
        // An addition, of nothing: a sender whose ticket comes after it has acquired it, and sees the
        // bit; one whose ticket came before is seen here, and may or may not have seen the bit.
        let sent = SendTickets(sending.add(0))
        if !hasSender(claim, sent) {
            // What is known of slots behind this one is of a former life of the segment: nothing is
            // known of this one. (Should another have found senders just now, it looks once more.)
            known.storeRelaxed(ReceiveTickets(segment.address, tickets: 0).word)
            abandonedSlots.addRelaxed(1)
            // Pairs with the acquiring load in `isDone`. The last touch.
            _ = segment.left.add(claim.bit)
            return nil
        }
        let slot = claim.slot(geometry)
        if waitForSender(slot) == SlotState.written { return slot }
        abandonedSlots.addRelaxed(1)
        // Pairs with the acquiring load in `isDone`. The last touch.
        slot.state.storeReleasing(SlotState.done)
        return nil
    }

    /// Leads the receivers from a segment whose tickets are all taken to the next, and gives up one
    /// reference to the former. Any receiver can do all of it, as in `leaveFull`.
    ///
    /// - Returns: the first slot of the next segment, for the one thread that moved the word.
    @inlinable
    func leaveEmptied(_ emptied: Segment<Atomics>) -> SegmentClaim<Atomics>? {
        // Not before the senders have left it: what they have moved to is linked, and is ahead.
        guard SendTickets(sending.loadAcquiring()).address != emptied.address else {
            giveBack(1, of: emptied)
            return nil
        }
        let next = emptied.next.loadAcquiring()
        var seen = receiving.loadRelaxed()
        while ReceiveTickets(seen).address == emptied.address {
            let before = ReceiveTickets(seen)
            let handedOut = before.tickets - capacity + before.peeks
            if receiving.replace(&seen, by: ReceiveTickets(next, tickets: 1).word) {
                // A former life of the segment is forgotten, unless somebody is just about to tell
                // of it.
                known.storeRelaxed(ReceiveTickets(next, tickets: 0).word)
                receivedSegments.addRelaxed(1)
                drop(Segment<Atomics>.residence - handedOut + 1, of: emptied)
                return SegmentClaim(Segment(next), 0)
            }
        }
        drop(1, of: emptied)
        return nil
    }

    /// Gives back a reference that was taken from the receivers' word: a ticket beyond the segment's end,
    /// or a peek. `amount` is what was added for it.
    @inlinable
    func giveBack(_ amount: UInt64, of segment: Segment<Atomics>) {
        var seen = receiving.loadRelaxed()
        while ReceiveTickets(seen).address == segment.address {
            if receiving.replace(&seen, by: seen - amount) { return }
        }
        // Whoever led the receivers away has put it on the segment's account.
        drop(1, of: segment)
    }

    /// Whether there is something to be had.
    @inlinable
    func outlook() -> SegmentOutlook {
        let here = ReceiveTickets(receiving.loadRelaxed())
        if here.isBehind(ReceiveTickets(known.loadRelaxed())) { return .likely }
        let sent = SendTickets(sending.loadAcquiring())
        let isSame = sent.address == here.address
        let slots = isSame ? sent.slots(of: capacity) : capacity
        if isSame && here.tickets >= slots { return certainOutlook() }
        // A hint only: by now it may be about a former life of the segment.
        known.storeRelaxed(ReceiveTickets(here.address, tickets: slots).word)
        return .likely
    }

    /// As `outlook`, and certain where it says that there is nothing: while the segment is held by a
    /// peek, its address in the senders' word means the same segment.
    ///
    /// The receivers that had their tickets before are sure to receive what was sent until then, or
    /// have given up slots into which nothing was sent: they are in the middle of it, and come before.
    @inlinable
    func certainOutlook() -> SegmentOutlook {
        let here = ReceiveTickets(receiving.add(ReceiveTickets.peek))
        precondition(
            here.peeks < ReceiveTickets.most,
            "more than 3000 threads look at one channel at the same moment")
        // So that a thread that has sent to another channel before sees what was sent here until then.
        Atomics.fenceSequentiallyConsistent()
        let sent = SendTickets(sending.loadAcquiring())
        var outlook = SegmentOutlook.likely
        if sent.address == here.address && here.tickets >= sent.slots(of: capacity) {
            outlook = sent.isClosed ? .closed : .empty
            if retired.loadRelaxed() != 0 { sweep() }
        }
        giveBack(ReceiveTickets.peek, of: Segment(here.address))
        return outlook
    }
}
