/// How a sender comes by its slots.
extension SegmentedMemory {
    /// A slot to be written; nil where the channel is closed. Lock-free, and one addition unless a
    /// segment ends.
    @inlinable @inline(__always)
    func claimToSend() -> SegmentClaim<Atomics>? {
        // Acquires the segment's making, which its linking had released into this word.
        let before = SendTickets(sending.add(1))
        // A closed channel's tickets are above any capacity.
        if _fastPath(before.tickets < capacity) {
            let claim = SegmentClaim<Atomics>(Segment(before.address), before.tickets)
            if _fastPath(!geometry.hasManyConsumers || !claim.isUnwanted) { return claim }
        }
        return claimToSendSlowly(before)
    }

    /// As `claimToSend`, for who has taken a ticket from `first`.
    @inlinable @inline(never)
    func claimToSendSlowly(_ first: SendTickets) -> SegmentClaim<Atomics>? {
        var before = first
        while true {
            if before.isClosed {
                sending.addRelaxed(.max)
                return nil
            }
            let segment = Segment<Atomics>(before.address)
            if before.tickets < capacity {
                let claim = SegmentClaim(segment, before.tickets)
                if !geometry.hasManyConsumers || !claim.isUnwanted { return claim }
                skip(claim)
            } else if let claim = leaveFull(segment, holding: 1) {
                return claim
            }
            before = SendTickets(sending.add(1))
        }
    }

    /// Slots to be written, one after the other: some, but not more than `limit`; nil where the
    /// channel is closed. Of those that are unwanted the caller has to `skip` each.
    @inlinable
    func claimToSend(atMost limit: UInt64) -> (first: SegmentClaim<Atomics>, count: UInt64)? {
        while true {
            let guess = SendTickets(sending.loadRelaxed())
            if guess.isClosed { return nil }
            // What is taken beyond the segment's end, because the guess was wrong, is references.
            let wanted = min(limit, max(1, capacity - guess.slots(of: capacity)))
            let before = SendTickets(sending.add(wanted))
            if before.isClosed {
                sending.addRelaxed(0 &- wanted)
                return nil
            }
            let segment = Segment<Atomics>(before.address)
            let first = before.tickets
            if first < capacity {
                let count = min(wanted, capacity - first)
                // The slots keep the segment alive until they are written.
                if count < wanted { drop(wanted - count, of: segment) }
                return (SegmentClaim(segment, first), count)
            }
            if let claim = leaveFull(segment, holding: wanted) { return (claim, 1) }
        }
    }

    /// Leaves a slot to nobody, whose receiver has given up.
    @inlinable
    func skip(_ claim: SegmentClaim<Atomics>) {
        skippedSlots.addRelaxed(1)
        // Pairs with the acquiring loads in `isDone` and `waitForSender`. The last touch.
        claim.slot(geometry).state.storeReleasing(SlotState.skipped)
    }

    /// Leads the senders from a full segment to the next, and gives up so many references to the full
    /// one.
    ///
    /// Whoever finds the segment full does all of it, so that nobody waits for anybody: links a next
    /// segment unless there is one (Michael and Scott, "Simple, fast, and practical non-blocking and
    /// blocking concurrent queue algorithms", PODC 1996), and moves the word there unless it was moved.
    ///
    /// - Returns: the first slot of the next segment, for the one thread that moved the word.
    @inlinable
    func leaveFull(
        _ full: Segment<Atomics>, holding references: UInt64
    ) -> SegmentClaim<Atomics>? {
        let next = follow(full)
        var seen = sending.loadRelaxed()
        while SendTickets(seen).address == full.address && !SendTickets(seen).isClosed {
            let handedOut = SendTickets(seen).tickets - capacity
            if sending.replace(&seen, by: SendTickets(next.address, tickets: 1).word) {
                sentSegments.addRelaxed(1)
                drop(Segment<Atomics>.residence - handedOut + references, of: full)
                return SegmentClaim(next, 0)
            }
        }
        // Where the channel was closed meanwhile, the segment keeps its residence, and lives on.
        drop(references, of: full)
        return nil
    }

    /// The segment behind this one, to which the caller has a reference.
    @inlinable
    func follow(_ full: Segment<Atomics>) -> Segment<Atomics> {
        // Pairs with the compare-exchange below: the segment is made.
        let next = full.next.loadAcquiring()
        if next != 0 { return Segment(next) }
        let fresh = takeSegment()
        var found: UInt64 = 0
        if full.next.replace(&found, by: fresh.address) { return fresh }
        keep(fresh)
        return Segment(found)
    }
}
