/// The receiving end of a channel that has one only: an `MPSCChannel`'s consumer. One thread at a
/// time; may be moved between threads.
///
/// The channel closes when it is closed or goes away; what was not received is destroyed then.
@safe @frozen
public struct SoleConsumer<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable, @unchecked Sendable {
    // Sendable because it is noncopyable and every operation is mutating or reads atomics: two
    // threads never use it at once. Elements are Sendable.
    @usableFromInline let ring: StampedRing<Element, Atomics>
    /// The next position to receive from: nobody else has a say in it.
    @usableFromInline var head: UInt64
    /// Whether the last `receive` had to wait: then the next one begins with the poll of a waiting
    /// end (see the SPSC channel's consumer).
    @usableFromInline var expectsToWait = false

    /// - Parameter ring: with a handle for this end, which it takes over.
    @inlinable
    init(_ ring: StampedRing<Element, Atomics>) {
        self.ring = ring
        head = ring.geometry.start
    }

    deinit {
        ring.dropSoleReceiver(at: head)
    }
}

extension SoleConsumer where Element: ~Copyable {
    /// Takes the next element; nil when there is none. O(1).
    ///
    /// Linearizable: as for an `MPMCChannel`'s consumer.
    @inlinable @inline(__always)
    public mutating func tryReceive() -> Element? {
        if _slowPath(!hasElement) {
            if ring.awaitPublication(at: head) != head { return nil }
        }
        return read()
    }

    /// Takes the next element, and waits for one as the channel's strategy says; nil when the channel
    /// is closed and everything that was sent has been received.
    @inlinable @inline(__always)
    public mutating func receive() -> Element? {
        if _slowPath(expectsToWait || !hasElement) {
            if waitForElement(.never) != head { return nil }
        }
        return read()
    }

    /// Takes the next element, and waits for one as the channel's strategy says, but no longer than
    /// `timeout`. Where there is one at once the clock is not read. A sender in the middle of its own
    /// operation is waited for in any case, as by `tryReceive`.
    ///
    /// - Parameter timeout: on the clock that runs while the machine does (`CLOCK_MONOTONIC`); where
    ///   it is not positive a single look is taken. More than 500 years are without end.
    /// - Returns: `.timedOut` when none came in time, `.closed` when the channel is closed and
    ///   everything that was sent has been received.
    @inlinable
    public mutating func receive(timeout: Duration) -> ReceiveAttempt<Element> {
        if _slowPath(!hasElement) {
            let position =
                timeout > .zero
                ? ring.waitForElement(
                    at: head, Patience(Wait.self), Deadline(after: timeout, Atomics.self))
                : ring.awaitPublication(at: head)
            if position == RingPositions.never { return .closed }
            if position == RingPositions.none { return .timedOut }
        }
        return .received(read())
    }

    /// Moves elements out of the channel to the end of `output`: all that are there and that it has
    /// room for. Never waits for one. O(count).
    ///
    /// - Returns: how many were received.
    @inlinable
    public mutating func tryReceiveBatch(into output: inout OutputSpan<Element>) -> Int {
        var received: UInt32 = 0
        while output.freeCapacity > 0 {
            if _slowPath(!hasElement) {
                // What others have finished behind one that is in the middle counts as there.
                if received > 0 || ring.awaitPublication(at: head) != head { break }
            }
            output.append(take())
            received &+= 1
        }
        if Wait.parks && received > 0 { ring.senders.wake(received) }
        return Int(received)
    }

    /// As `tryReceiveBatch`, and waits for a first element as the channel's strategy says.
    ///
    /// - Returns: how many were received: 0 when the channel is closed and everything that was sent
    ///   has been received.
    @inlinable
    public mutating func receiveBatch(into output: inout OutputSpan<Element>) -> Int {
        precondition(output.freeCapacity > 0, "there is no room in the output for any element")
        if _slowPath(expectsToWait || !hasElement) {
            if waitForElement(.never) != head { return 0 }
        }
        return tryReceiveBatch(into: &output)
    }

    /// Closes the channel: sends fail from now on, and what was not received is destroyed. The same
    /// as letting the end go.
    @inlinable
    public consuming func close() {}

    /// Closes the channel for everybody, as a producer's `closeForAll`: what was sent before can
    /// still be received.
    public func closeForAll() { ring.close() }

    /// Whether the channel is closed: what is in it can be received, and nothing will be added.
    @inlinable
    public var isClosed: Bool { ring.isClosed }

    /// Whether there was a moment during the call when the channel held no element.
    public var isEmpty: Bool { ring.isEmpty }

    /// Whether there was a moment during the call when the channel held as many elements as it can.
    public var isFull: Bool { ring.isFull }

    /// Number of elements in the channel, at least so many: some may be arriving. O(1).
    public var count: Int { ring.count }

    /// Number of elements that the channel holds at most.
    public var capacity: Int { ring.capacity }

    /// What has passed through the channel so far. O(1).
    public var statistics: ChannelStatistics { ring.statistics }

    /// Whether the slot of the head is published.
    @inlinable var hasElement: Bool {
        // Pairs with the releasing store in `StampedRing.write`.
        @inline(__always) get { ring.stamp(at: head).loadAcquiring() == head &+ 1 }
    }

    /// As `hasElement`; takes the slot's line.
    @inlinable var takesElement: Bool {
        // Pairs as in `hasElement`.
        @inline(__always) get { ring.stamp(at: head).takeAcquiring() == head &+ 1 }
    }

    /// Waits for the element of the head: `head`, or why there is none.
    @inlinable @inline(__always)
    mutating func waitForElement(_ deadline: Deadline) -> UInt64 {
        if takesElement {
            expectsToWait = false
            return head
        }
        expectsToWait = true
        // What answers the last send comes about now, where two cores share a cache.
        Atomics.pause()
        Atomics.pause()
        if takesElement { return head }
        return ring.waitForElement(at: head, Patience(Wait.self), deadline)
    }

    @inlinable @inline(__always)
    mutating func read() -> Element {
        let element = take()
        if Wait.parks { ring.senders.wake() }
        return element
    }

    /// As `read`, leaving the waking to the end of the batch.
    @inlinable @inline(__always)
    mutating func take() -> Element {
        let element = ring.read(at: head)
        ring.prefetch(from: head)
        head = ring.positions.after(head)
        // For who counts: senders go by the stamps.
        ring.head.storeReleasing(head)
        return element
    }
}
