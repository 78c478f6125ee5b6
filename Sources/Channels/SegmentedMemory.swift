/// What the ends of an unbounded channel share but for the segments: each part 128 bytes from the
/// next (processors fetch lines in pairs).
///
/// ```
///    0  geometry   written once, before the channel is shared
///  128  sending    the senders' tickets; a change with every send
///  256  receiving  the receivers' tickets; a change with every receive
///  384  ends       closed, and how many of each there are: seldom written
///  512  waiting    who sleeps: looked at with every send, and seldom written
///  640  supply     segments that are kept, and those that cannot be given back yet
///  768  counts     of waits and parks: by receivers that wait
/// ```
@safe @frozen @usableFromInline
struct SegmentedMemory<Atomics: AtomicsProvider> {
    @usableFromInline let base: UnsafeMutableRawPointer

    init(base: UnsafeMutableRawPointer) {
        unsafe self.base = base
    }

    static var byteCount: Int { 896 }

    // All accesses below are sound because `allocate`, the only maker of a `base`, has initialised a
    // value of that type at that offset, and because each end and each monitor holds a reference.

    /// What never changes once the channel is made.
    @inlinable var geometry: SegmentGeometry {
        @inline(__always) get { unsafe base.assumingMemoryBound(to: SegmentGeometry.self).pointee }
    }

    /// Slots of a segment.
    @inlinable var capacity: UInt64 { @inline(__always) get { geometry.capacity } }

    /// `SendTickets`. Whatever changes it reads what was there.
    @inlinable var sending: SegmentCell<Atomics> {
        @inline(__always) get { unsafe SegmentCell(at: base + 128) }
    }

    /// How many segments the senders have left behind.
    @inlinable var sentSegments: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 136) }

    /// How many slots senders have left to nobody, because their receivers had given up.
    @inlinable var skippedSlots: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 144) }

    /// `ReceiveTickets`. A single consumer has its position to itself, and leaves the segment here.
    @inlinable var receiving: SegmentCell<Atomics> {
        @inline(__always) get { unsafe SegmentCell(at: base + 256) }
    }

    /// How far senders were seen to have come in the receivers' segment, as `ReceiveTickets`: a hint
    /// for many receivers, which spares them the senders' line.
    @inlinable var known: SegmentCell<Atomics> {
        @inline(__always) get { unsafe SegmentCell(at: base + 264) }
    }

    /// How many segments the receivers have left behind.
    @inlinable var receivedSegments: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 272) }

    /// How many slots receivers have given up.
    @inlinable var abandonedSlots: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 280) }

    /// How many slots of its segment a single consumer has emptied.
    @inlinable var emptiedSlots: SegmentCell<Atomics> {
        @inline(__always) get { unsafe SegmentCell(at: base + 288) }
    }

    /// 1 once nothing can be sent: for whoever waits. Set after the bit in the senders' word.
    @inlinable var closed: SharedWord<Atomics> { unsafe SharedWord(at: base + 384) }

    /// Producers that live; the last one closes the channel.
    var producers: SharedCount<Atomics> { unsafe SharedCount(at: base + 392) }

    /// Consumers that live; the last one closes the channel and destroys what is left.
    var consumers: SharedCount<Atomics> { unsafe SharedCount(at: base + 400) }

    /// Ends and monitors that live; the last one frees the memory.
    var users: SharedCount<Atomics> { unsafe SharedCount(at: base + 408) }

    /// Receivers that sleep.
    @inlinable var sleepers: EventCount<Atomics> {
        @inline(__always) get { unsafe EventCount(at: base + 512) }
    }

    /// How often receivers had to wait longer than a look, slept, and what they have learnt of it.
    @inlinable var receiverWaits: WaitCounts<Atomics> { unsafe WaitCounts(at: base + 768) }

    /// Address of a segment that is ready to be linked; 0 where there is none.
    @inlinable var prepared: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 640) }

    /// Address of a segment that is no longer used, and waits to be used again; 0 where there is
    /// none. There are two such places.
    @inlinable
    func spare(_ index: Int) -> SegmentCell<Atomics> {
        unsafe SegmentCell(at: base + 648 + 8 * index)
    }

    /// Address of the youngest of the segments that both ends have left, and a receiver is not
    /// through with; 0 where there is none.
    @inlinable var retired: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 664) }

    /// Segments that there are.
    @inlinable var segments: SegmentCell<Atomics> { unsafe SegmentCell(at: base + 672) }
}

extension SegmentedMemory {
    /// Makes the memory of an empty channel with one producer and one consumer, and its first
    /// segment.
    @usableFromInline
    static func allocate(_ geometry: SegmentGeometry, parks: Bool, imposesBarriers: Bool) -> Self {
        let fences = parks && !(imposesBarriers && Atomics.registerFenceEverywhere())
        // Sound: everything below is written inside these bytes, at offsets that are multiples of 8.
        let base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 128)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        unsafe base.initializeMemory(as: SegmentGeometry.self, to: geometry)
        let memory = unsafe Self(base: base)
        memory.segments.initialize(to: 0)
        let first = memory.makeSegment()
        memory.sending.initialize(to: SendTickets(first.address, tickets: 0).word)
        memory.receiving.initialize(to: ReceiveTickets(first.address, tickets: 0).word)
        memory.sentSegments.initialize(to: geometry.firstSegment)
        memory.receivedSegments.initialize(to: geometry.firstSegment)
        for count in [
            memory.known, memory.skippedSlots, memory.abandonedSlots, memory.emptiedSlots,
            memory.prepared, memory.spare(0), memory.spare(1), memory.retired,
        ] {
            count.initialize(to: 0)
        }
        memory.closed.initialize(to: 0)
        memory.receiverWaits.initialize()
        memory.sleepers.initialize(fences: fences)
        memory.producers.initialize(to: 1)
        memory.consumers.initialize(to: 1)
        memory.users.initialize(to: 2)
        return memory
    }

    /// One producer more. For who has one.
    @usableFromInline
    func addProducer() {
        producers.retain()
        users.retain()
    }

    /// One consumer more. For who has one.
    @usableFromInline
    func addConsumer() {
        consumers.retain()
        users.retain()
    }

    /// Gives up a producer: what was sent can still be received, and after the last producer nothing
    /// more comes.
    @usableFromInline
    func dropProducer() {
        if producers.release() { close() }
        release()
    }

    /// Closes the channel for sending, once and for all, and wakes whoever waits. What was sent
    /// before, or has a slot already, is still received.
    @usableFromInline
    func close() {
        var seen = sending.loadRelaxed()
        while !SendTickets(seen).isClosed {
            if sending.replace(&seen, by: SendTickets(seen).closed(capacity).word) { break }
        }
        // Pairs with the acquiring loads of those who wait: they find the bit.
        closed.storeReleasing(1)
        sleepers.wakeAll()
    }

    /// Gives back one reference; the last one frees everything. No element may be left.
    @usableFromInline
    func release() {
        guard users.release() else { return }
        // Sound, from here on: nobody else has a reference. Atomics of integers need no destruction.
        freeSegments(from: ReceiveTickets(receiving.loadRelaxed()).address) { $0.next }
        freeSegments(from: retired.loadRelaxed()) { $0.older }
        for place in [prepared, spare(0), spare(1)] where place.loadRelaxed() != 0 {
            freeSegment(Segment(place.loadRelaxed()))
        }
        unsafe Atomics.deallocate(base, byteCount: Self.byteCount)
    }

    private func freeSegments(
        from first: UInt64, _ following: (Segment<Atomics>) -> SegmentCell<Atomics>
    ) {
        var address = first
        while address != 0 {
            let segment = Segment<Atomics>(address)
            address = following(segment).loadRelaxed()
            freeSegment(segment)
        }
    }
}
