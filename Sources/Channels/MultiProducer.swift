/// A sending end of a channel that has many: an `MPMCChannel`'s or an `MPSCChannel`'s producer.
///
/// Any number of threads may use one handle at once, and `clone` makes another handle. The channel
/// closes for its receivers when the last handle is closed or goes away.
@safe @frozen
public struct MultiProducer<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable, @unchecked Sendable {
    // Sendable because it holds a reference to the memory, and what it does there is made for many
    // threads at once. Elements are Sendable.
    @usableFromInline let ring: StampedRing<Element, Atomics>

    /// - Parameter ring: with a handle for this end, which it takes over.
    @inlinable
    init(_ ring: StampedRing<Element, Atomics>) {
        self.ring = ring
    }

    deinit {
        ring.dropSender()
    }
}

extension MultiProducer where Element: ~Copyable {
    /// Sends the element if there is room. O(1).
    ///
    /// Linearizable: `.full` says that there was a moment during the call when the channel held as
    /// many elements as it can. To be certain of that, a receiver that has claimed the slot and not
    /// yet left it is waited for: nanoseconds, unless that very thread lost its processor there.
    @inlinable @inline(__always)
    public func trySend(_ element: consuming Element) -> SendAttempt<Element> {
        let position = ring.claimRoom()
        if _slowPath(position >= RingPositions.none) {
            return refuse(element, position)
        }
        write(element, at: position)
        return .sent
    }

    /// Sends the element, and waits for room as the channel's strategy says.
    ///
    /// - Throws: `ChannelClosed` with the element when the channel is closed.
    @inlinable @inline(__always)
    public func send(_ element: consuming Element) throws(ChannelClosed<Element>) {
        var position = ring.claimRoomAtOnce()
        if _slowPath(position >= RingPositions.none) {
            position = ring.waitForRoom(Patience(Wait.self), .never)
            if position == RingPositions.never { throw Self.refusal(of: element) }
        }
        write(element, at: position)
    }

    /// Sends the element, and waits for room as the channel's strategy says, but no longer than
    /// `timeout`. Where there is room at once the clock is not read. A receiver in the middle of its
    /// own operation is waited for in any case, as by `trySend`.
    ///
    /// - Parameter timeout: on the clock that runs while the machine does (`CLOCK_MONOTONIC`); where
    ///   it is not positive the same as `trySend`. More than 500 years are without end.
    /// - Returns: `.full` with the element when there was no room in time, `.closed` with it when
    ///   the channel is closed.
    @inlinable
    public func send(
        _ element: consuming Element, timeout: Duration
    ) -> SendAttempt<Element> {
        var position = ring.claimRoomAtOnce()
        if _slowPath(position >= RingPositions.none) {
            position =
                timeout > .zero
                ? ring.waitForRoom(Patience(Wait.self), Deadline(after: timeout, Atomics.self))
                : ring.claimRoomPatiently()
            if position >= RingPositions.none { return refuse(element, position) }
        }
        write(element, at: position)
        return .sent
    }

    /// Another handle on the same end, for another thread or a later time.
    @inlinable
    public func clone() -> MultiProducer<Element, Wait, Atomics> {
        ring.retainSender()
        return MultiProducer(ring)
    }

    /// Closes this handle: when it is the last one, receivers get what was sent, and then nothing.
    /// The same as letting it go.
    @inlinable
    public consuming func close() {}

    /// Closes the channel for everybody: sends fail from now on, and receivers get what was sent
    /// before, each send either wholly before the close or refused. Wakes all that wait. May be
    /// called any number of times, by either end.
    public func closeForAll() { ring.close() }

    /// Whether the channel is closed, so that sending fails.
    @inlinable
    public var isClosed: Bool { ring.isClosed }

    /// Whether there was a moment during the call when the channel held as many elements as it can.
    public var isFull: Bool { ring.isFull }

    /// Whether there was a moment during the call when the channel held no element.
    public var isEmpty: Bool { ring.isEmpty }

    /// Number of elements in the channel, at most so many: some may be leaving it. O(1).
    public var count: Int { ring.count }

    /// Number of elements that the channel holds at most.
    public var capacity: Int { ring.capacity }

    /// What has passed through the channel so far. O(1).
    public var statistics: ChannelStatistics { ring.statistics }

    /// Out of line, and specialised: so that an element in a register stays there on the way past.
    @inlinable @inline(never)
    static func refusal(of element: consuming Element) -> ChannelClosed<Element> {
        ChannelClosed(element)
    }

    @inlinable @inline(__always)
    func refuse(_ element: consuming Element, _ position: UInt64) -> SendAttempt<Element> {
        if position == RingPositions.never { return .closed(element) }
        ring.senderWaits.refused.retain()
        return .full(element)
    }

    @inlinable @inline(__always)
    func write(_ element: consuming Element, at position: UInt64) {
        ring.write(element, at: position)
        if Wait.parks { ring.receivers.wake() }
    }
}

extension MultiProducer where Element: Copyable & Sendable {
    /// Positions that a batch claims at once: enough that one exchange of the tail is nothing beside
    /// them, and few enough that whoever is stopped in the middle holds up no more than these.
    @inlinable static var claimedAtOnce: Int { 64 }

    /// Sends as many of the elements, from the first on, as there is room for. Never waits for room.
    /// O(count).
    ///
    /// They are in the channel in their order; elements of other senders may come between every 64.
    ///
    /// - Returns: how many were sent: 0 also when the channel is closed (see `isClosed`).
    @inlinable
    public func trySendBatch(_ elements: Span<Element>) -> Int {
        let sent = sendWhatFits(elements)
        if _slowPath(sent < elements.count), !isClosed {
            ring.senderWaits.refused.addShared(
                UInt64(truncatingIfNeeded: elements.count &- sent))
        }
        return sent
    }

    @inlinable
    func sendWhatFits(_ elements: Span<Element>) -> Int {
        var sent = 0
        while sent < elements.count {
            let (first, count) = ring.claimRoom(
                atMost: min(elements.count &- sent, Self.claimedAtOnce))
            if _slowPath(count == 0) { break }
            write(elements, sent, at: first, count)
            sent &+= count
        }
        return sent
    }

    /// Sends all of the elements, and waits for room as the channel's strategy says. O(count).
    ///
    /// - Throws: `BatchClosed` with the number of elements that were sent, when the channel is
    ///   closed.
    @inlinable
    public func sendBatch(_ elements: Span<Element>) throws(BatchClosed) {
        var sent = sendWhatFits(elements)
        while sent < elements.count {
            let position = ring.waitForRoom(Patience(Wait.self), .never)
            guard position < RingPositions.none else { throw BatchClosed(accepted: sent) }
            write(elements, sent, at: position, 1)
            sent &+= 1
            sent &+= sendWhatFits(elements.extracting(sent..<elements.count))
        }
    }

    /// Writes `count` of the elements to positions that this thread has claimed.
    @inlinable @inline(__always)
    func write(_ elements: Span<Element>, _ start: Int, at first: UInt64, _ count: Int) {
        var position = first
        for index in start..<start &+ count {
            ring.write(elements[index], at: position)
            position = ring.positions.after(position)
        }
        if Wait.parks { ring.receivers.wake(UInt32(truncatingIfNeeded: count)) }
    }
}
