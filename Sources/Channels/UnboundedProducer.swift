/// A sending end of an unbounded channel: an `UnboundedMPSCChannel`'s or an `UnboundedMPMCChannel`'s
/// producer.
///
/// Any number of threads may use one handle at once, and `clone` makes another handle. The channel
/// closes for its receivers when the last handle is closed or goes away.
@safe @frozen
public struct UnboundedProducer<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable, @unchecked Sendable {
    // Sendable because it holds a reference to the memory, and what it does there is made for many
    // threads at once. Elements are Sendable.
    @usableFromInline let memory: SegmentedMemory<Atomics>

    /// - Parameter memory: with a producer's reference, which it takes over.
    @inlinable
    init(_ memory: SegmentedMemory<Atomics>) {
        self.memory = memory
    }

    deinit {
        memory.dropProducer()
    }
}

extension UnboundedProducer where Element: ~Copyable {
    /// Sends the element; never `.full`, since there is always room. Lock-free, O(1); allocates only
    /// when a segment is full, or half full and no other is ready.
    @inlinable @inline(__always)
    public func trySend(_ element: consuming Element) -> SendAttempt<Element> {
        guard let claim = memory.claimToSend() else { return .closed(element) }
        write(element, to: claim)
        return .sent
    }

    /// Sends the element. Never waits: as `trySend`, but for the error.
    ///
    /// - Throws: `ChannelClosed` with the element when the channel is closed.
    @inlinable @inline(__always)
    public func send(_ element: consuming Element) throws(ChannelClosed<Element>) {
        guard let claim = memory.claimToSend() else { throw Self.refusal(of: element) }
        write(element, to: claim)
    }

    /// Another handle on the same end, for another thread or a later time.
    @inlinable
    public func clone() -> UnboundedProducer<Element, Wait, Atomics> {
        memory.addProducer()
        return UnboundedProducer(memory)
    }

    /// Closes this handle: when it is the last one, receivers get what was sent, and then nothing.
    /// The same as letting it go.
    @inlinable
    public consuming func close() {}

    /// Closes the channel for everybody: sends fail from now on, and receivers get what was sent
    /// before, each send either wholly before the close or refused. Wakes all that wait. May be
    /// called any number of times, by either end.
    public func closeForAll() { memory.close() }

    /// Whether the channel is closed, so that sending fails.
    @inlinable
    public var isClosed: Bool { memory.isClosed }

    /// Whether the channel looks empty: certain while nobody sends or receives.
    public var isEmpty: Bool { memory.count == 0 }

    /// Number of elements in the channel: exact while nobody sends or receives. O(1).
    public var count: Int { memory.count }

    /// What has passed through the channel so far. O(1).
    public var statistics: UnboundedStatistics { memory.statistics }

    /// Out of line, and specialised: so that an element in a register stays there on the way past.
    @inlinable @inline(never)
    static func refusal(of element: consuming Element) -> ChannelClosed<Element> {
        ChannelClosed(element)
    }

    @inlinable @inline(__always)
    func write(_ element: consuming Element, to claim: SegmentClaim<Atomics>) {
        claim.slot(SegmentLayout<Element>.self).write(element)
        if _slowPath(claim.number == memory.geometry.middle) { memory.prepareSegment() }
        if Wait.parks { memory.sleepers.wakeOne() }
    }
}

extension UnboundedProducer where Element: Copyable & Sendable {
    /// Sends all of the elements, and claims their slots a segment at a time instead of one by one.
    /// Never waits. O(count).
    ///
    /// They are in the channel in their order; elements of other senders may come in between.
    ///
    /// - Throws: `BatchClosed` with the number of elements that were sent, when the channel is
    ///   closed.
    @inlinable
    public func sendBatch(_ elements: Span<Element>) throws(BatchClosed) {
        var sent = 0
        while sent < elements.count {
            guard let (first, count) = memory.claimToSend(atMost: UInt64(elements.count &- sent))
            else { throw BatchClosed(accepted: sent) }
            sent &+= write(elements, sent, to: first, count)
        }
    }

    /// Writes as many elements as slots, less those that are unwanted; returns how many.
    @inlinable @inline(__always)
    func write(
        _ elements: Span<Element>, _ start: Int, to first: SegmentClaim<Atomics>, _ count: UInt64
    ) -> Int {
        let middle = memory.geometry.middle
        var index = start
        var left = count
        var claim = first
        while left > 0 {
            if memory.geometry.hasManyConsumers && claim.isUnwanted {
                memory.skip(claim)
            } else {
                claim.slot(SegmentLayout<Element>.self).write(elements[index])
                index &+= 1
            }
            left &-= 1
            claim = SegmentClaim(claim.segment, claim.number &+ 1)
        }
        if first.number <= middle && middle < claim.number { memory.prepareSegment() }
        let sent = index &- start
        if Wait.parks && sent > 0 {
            memory.sleepers.wake(UInt32(truncatingIfNeeded: sent))
        }
        return sent
    }
}
