extension StampedRing where Element: ~Copyable {
    /// Claims the next position to send to, if that is possible at the first look: then the slot is
    /// free, and this thread's own.
    ///
    /// - Returns: the position, or `none`, which says nothing else.
    @inlinable @inline(__always)
    func claimRoomAtOnce() -> UInt64 {
        // Relaxed: the exchange says whether it is still so.
        let tail = self.tail.loadRelaxed()
        // Pairs with the releasing store in `read`. Never equal where the tail says closed.
        if _fastPath(stamp(at: tail).loadAcquiring() == tail),
            _fastPath(self.tail.claim(tail, positions.after(tail)))
        {
            prefetch(from: tail)
            return tail
        }
        return RingPositions.none
    }

    /// Claims the next position to send to.
    ///
    /// - Returns: the position, `none` where the ring is full, or `never` where it is closed.
    @inlinable @inline(__always)
    func claimRoom() -> UInt64 {
        let position = claimRoomAtOnce()
        return _fastPath(position < RingPositions.none) ? position : claimRoomPatiently()
    }

    /// As `claimRoom`, for when the first look has failed.
    ///
    /// Linearizable: that the ring is full is said where it was, at one moment of the call. Where
    /// a receiver is about to leave the slot, and all room but this is taken, that is waited
    /// for: as long as a move takes, or until that thread is given a processor again.
    @inlinable @inline(never)
    func claimRoomPatiently() -> UInt64 {
        var contention = Contention<Atomics>()
        while true {
            let tail = self.tail.loadAcquiring()
            if tail & RingPositions.closed != 0 { return RingPositions.never }
            // Pairs as in `claimRoomAtOnce`.
            let stamp = stamp(at: tail).loadAcquiring()
            if stamp == tail {
                if self.tail.claim(tail, positions.after(tail)) { return tail }
                contention.lost()
            } else if positions.isBefore(stamp, tail) {
                if isFull(at: tail) { return RingPositions.none }
                contention.isWaiting()
            } else {
                // Others have been here since the tail was loaded.
                Atomics.pause()
            }
        }
    }

    /// Whether the slot of the tail `tail` not being free means that the ring is full.
    @inlinable
    func isFull(at tail: UInt64) -> Bool {
        // With the fence in `refusal(at:)`: of a sender that finds no room behind what it has sent,
        // and a receiver that finds nothing behind what it has taken, one sees what the other did.
        Atomics.fenceSequentiallyConsistent()
        // A sole receiver takes elements in turn: where it has not left this slot, it has left none
        // behind it. Pairs as in `claimRoomAtOnce`.
        if geometry.hasSoleReceiver {
            return positions.isBefore(stamp(at: tail).loadAcquiring(), tail)
        }
        // The tail is at least `tail` by now and at most a lap ahead of the head: if `tail` is just
        // that, the ring is full while the head is loaded. Otherwise the slot was claimed by a
        // receiver, and one behind it may have come and gone. Pairs with `claim` of the head.
        return positions.lapLater(head.loadAcquiring()) == tail
    }

    /// Claims the next position to receive from, if that is possible at the first look: then the
    /// slot has an element, and is this thread's own.
    ///
    /// - Returns: the position, or `none`, which says nothing else.
    @inlinable @inline(__always)
    func claimElementAtOnce() -> UInt64 {
        let head = self.head.loadRelaxed()
        // Pairs with the releasing store in `write`.
        if _fastPath(stamp(at: head).loadAcquiring() == head &+ 1),
            _fastPath(self.head.claim(head, positions.after(head)))
        {
            prefetch(from: head)
            return head
        }
        return RingPositions.none
    }

    /// Claims the next position to receive from.
    ///
    /// - Returns: the position, `none` where the ring is empty, or `never` where it is closed too.
    @inlinable @inline(__always)
    func claimElement() -> UInt64 {
        let position = claimElementAtOnce()
        return _fastPath(position < RingPositions.none) ? position : claimElementPatiently()
    }

    /// As `claimElement`, for when the first look has failed.
    ///
    /// Linearizable: that the ring is empty is said where it was, at one moment of the call. Where
    /// a sender has claimed the slot and not written it yet, and one behind it may have come and
    /// gone, that is waited for, as in `claimRoomPatiently`. So what was sent before a close
    /// is received by somebody before anybody is told `never`.
    @inlinable @inline(never)
    func claimElementPatiently() -> UInt64 {
        var contention = Contention<Atomics>()
        while true {
            let head = self.head.loadAcquiring()
            // Pairs as in `claimElementAtOnce`.
            let stamp = stamp(at: head).loadAcquiring()
            if stamp == head &+ 1 {
                if self.head.claim(head, positions.after(head)) { return head }
                contention.lost()
            } else if positions.isBefore(stamp, head &+ 1) {
                if let refusal = refusal(at: head) { return refusal }
                contention.isWaiting()
            } else {
                Atomics.pause()
            }
        }
    }

    /// `none` or `never` where there is nothing at the head `head`, nil where a sender is about
    /// to write there.
    @inlinable
    func refusal(at head: UInt64) -> UInt64? {
        // Pairs with the fence in `isFull(at:)`.
        Atomics.fenceSequentiallyConsistent()
        // Pairs with `claim` of the tail, and with the close.
        let tail = self.tail.loadAcquiring()
        // The head is at least `head` by now and never ahead of the tail: the ring was empty while
        // the head was `head`.
        guard tail & ~RingPositions.closed == head else { return nil }
        return tail == head ? RingPositions.none : RingPositions.never
    }

    /// Claims up to `limit` positions in a row to send to, by one exchange.
    ///
    /// - Returns: the first one and their number, at least 1; or as `claimRoom`, and 0.
    @inlinable
    func claimRoom(atMost limit: Int) -> (first: UInt64, count: Int) {
        var contention = Contention<Atomics>()
        while true {
            let tail = self.tail.loadRelaxed()
            var end = tail
            var count = 0
            // Pairs as in `claimRoomAtOnce`. A slot that is free for a position stays so until the tail
            // passes it; a lap later its stamp is another, so that no more than all are counted.
            while count < limit, stamp(at: end).loadAcquiring() == end {
                end = positions.after(end)
                count &+= 1
            }
            if count == 0 {
                let position = claimRoomPatiently()
                return (position, position < RingPositions.none ? 1 : 0)
            }
            if self.tail.claim(tail, end) { return (tail, count) }
            contention.lost()
        }
    }

    /// Claims up to `limit` positions in a row to receive from, by one exchange.
    ///
    /// - Returns: the first one and their number, at least 1; or as `claimElement`, and 0.
    @inlinable
    func claimElements(atMost limit: Int) -> (first: UInt64, count: Int) {
        var contention = Contention<Atomics>()
        while true {
            let head = self.head.loadRelaxed()
            var end = head
            var count = 0
            // Pairs as in `claimElementAtOnce`; counts as in `claimRoom(atMost:)`.
            while count < limit, stamp(at: end).loadAcquiring() == end &+ 1 {
                end = positions.after(end)
                count &+= 1
            }
            if count == 0 {
                let position = claimElementPatiently()
                return (position, position < RingPositions.none ? 1 : 0)
            }
            if self.head.claim(head, end) { return (head, count) }
            contention.lost()
        }
    }
}
