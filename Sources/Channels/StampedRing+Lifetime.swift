extension StampedRing where Element: ~Copyable {
    /// Makes the memory of an empty ring whose positions start in lap `firstLap` (tests start near
    /// the end of the 63 bits), with one handle at each end. Touches every page, so that no send
    /// faults. O(capacity).
    @inlinable
    static func allocate(
        capacity: Int, firstLap: UInt64, hasSoleReceiver: Bool, parks: Bool, imposesBarriers: Bool
    ) -> Self {
        let most = Layout.maximumCapacity
        precondition(capacity >= 1, "the capacity of a channel is at least 1, not \(capacity)")
        precondition(
            capacity <= most, "the capacity of this channel is at most \(most), not \(capacity)")
        let fences = parks && !(imposesBarriers && Atomics.registerFenceEverywhere())
        let positions = RingPositions(capacity: capacity)
        let geometry = StampedGeometry(
            positions: positions, start: positions.start(ofLap: firstLap),
            hasSoleReceiver: hasSoleReceiver,
            byteCount: slotsOffset + capacity * Layout.stride + Layout.prefetchBytes)
        PhysicalMemory.require(geometry.byteCount)
        // Sound: everything below is written inside these bytes, at offsets that respect the
        // alignment.
        let base = UnsafeMutableRawPointer.allocate(
            byteCount: geometry.byteCount, alignment: Layout.alignment)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: geometry.byteCount)
        unsafe base.initializeMemory(as: StampedGeometry.self, to: geometry)
        let ring = unsafe Self(base: base, positions)
        ring.initializeState(geometry, fences: fences)
        for index in 0..<UInt64(capacity) {
            let position = geometry.start &+ index
            ring.stamp(at: position).initialize(to: position)
        }
        return ring
    }

    @usableFromInline
    func initializeState(_ geometry: StampedGeometry, fences: Bool) {
        tail.initialize(to: geometry.start)
        head.initialize(to: geometry.start)
        closedFlag.initialize(to: 0)
        senders.initialize(fences: fences)
        receivers.initialize(fences: fences)
        senderHandles.initialize(to: 1)
        receiverHandles.initialize(to: 1)
        references.initialize(to: 2)
        senderWaits.initialize()
        receiverWaits.initialize()
    }

    /// Another handle of a sender.
    @usableFromInline
    func retainSender() {
        senderHandles.retain()
        references.retain()
    }

    /// Another handle of a receiver.
    @usableFromInline
    func retainReceiver() {
        receiverHandles.retain()
        references.retain()
    }

    /// Says that nothing is to be sent any more, and wakes everybody. Any number of times.
    @usableFromInline
    func close() {
        // From here on no exchange of the tail succeeds: what was claimed before will be received,
        // and nothing else is.
        tail.setBits(RingPositions.closed)
        // Pairs with the acquiring load in `looksPublished`, whose thread then finds the tail so.
        closedFlag.storeReleasing(1)
        senders.wakeAll()
        receivers.wakeAll()
    }

    /// Whether nothing is to be sent any more.
    @inlinable var isClosed: Bool {
        tail.loadAcquiring() & RingPositions.closed != 0
    }

    /// Drops a handle of a sender.
    @usableFromInline
    func dropSender() {
        if senderHandles.release() { close() }
        release()
    }

    /// Drops a handle of a receiver. The last one destroys what nobody has received.
    @usableFromInline
    func dropReceiver() {
        if receiverHandles.release() {
            close()
            while true {
                let position = claimElementPatiently()
                if position == RingPositions.never { break }
                destroyElement(at: position)
            }
        }
        release()
    }

    /// Drops the handle of a sole receiver at `head`, and destroys what it has not received.
    @usableFromInline
    func dropSoleReceiver(at head: UInt64) {
        close()
        var head = head
        while awaitPublication(at: head) == head {
            destroyElement(at: head)
            head = positions.after(head)
        }
        release()
    }

    private func destroyElement(at position: UInt64) {
        // Sound: published, and this thread's own. The slot is not freed: nothing is sent any more.
        unsafe Atomics.willRead(element(at: position), count: 1)
        unsafe element(at: position).deinitialize(count: 1)
    }

    /// Gives back one reference; the last one frees the memory. No element may be left in it.
    func release() {
        guard references.release() else { return }
        // Sound: nobody else has a reference. Atomics of integers need no destruction.
        unsafe Atomics.deallocate(base, byteCount: geometry.byteCount)
    }
}

extension StampedRing where Element: ~Copyable {
    /// Number of elements that the ring holds at most.
    @usableFromInline
    var capacity: Int { Int(positions.capacity) }

    /// Number of elements in the ring at some moment of the call, or a few more. O(1).
    @usableFromInline
    var count: Int {
        let head = self.head.loadAcquiring()
        let tail = self.tail.loadAcquiring() & ~RingPositions.closed
        // The two were not read at the same time: more may have passed in between than fits.
        return Int(min(positions.distance(from: head, to: tail), positions.capacity))
    }

    /// Whether the ring was empty at some moment of the call. O(1).
    @usableFromInline
    var isEmpty: Bool {
        let head = self.head.loadAcquiring()
        // As in `refusal(at:)`, with the same fences on the other side.
        Atomics.fenceSequentiallyConsistent()
        return tail.loadAcquiring() & ~RingPositions.closed == head
    }

    /// Whether the ring was full at some moment of the call. O(1).
    @usableFromInline
    var isFull: Bool {
        let tail = self.tail.loadAcquiring() & ~RingPositions.closed
        // As in `isFull(at:)`, with the same fences on the other side.
        Atomics.fenceSequentiallyConsistent()
        return positions.lapLater(head.loadAcquiring()) == tail
    }

    /// What has passed so far, read by anybody.
    @usableFromInline
    var statistics: ChannelStatistics {
        // The head first: the tail, read later, is not behind it. Pairs with `claim` of the head, or
        // with a sole receiver's store.
        let head = self.head.loadAcquiring()
        let tail = self.tail.loadAcquiring() & ~RingPositions.closed
        return ChannelStatistics(
            sent: positions.distance(from: geometry.start, to: tail),
            received: positions.distance(from: geometry.start, to: head),
            sendWaits: senderWaits.waits.loadAcquiring(),
            receiveWaits: receiverWaits.waits.loadAcquiring(),
            sendParks: senderWaits.parks.loadAcquiring(),
            receiveParks: receiverWaits.parks.loadAcquiring(),
            refused: senderWaits.refused.loadAcquiring())
    }
}
