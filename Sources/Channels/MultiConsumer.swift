/// A receiving end of a channel that has many: an `MPMCChannel`'s consumer.
///
/// Any number of threads may use one handle at once, and `clone` makes another handle. Each element
/// goes to one of them. The channel closes when the last handle is closed or goes away; what
/// nobody has received is destroyed then.
@safe @frozen
public struct MultiConsumer<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable, @unchecked Sendable {
    // Sendable for the same reason as the producer.
    @usableFromInline let ring: StampedRing<Element, Atomics>

    /// - Parameter ring: with a handle for this end, which it takes over.
    @inlinable
    init(_ ring: StampedRing<Element, Atomics>) {
        self.ring = ring
    }

    deinit {
        ring.dropReceiver()
    }
}

extension MultiConsumer where Element: ~Copyable {
    /// Takes the next element; nil when there is none. O(1).
    ///
    /// Linearizable: nil says that there was a moment during the call when the channel held no
    /// element. To be certain of that, a sender that has claimed the next slot and not yet filled it
    /// is waited for: nanoseconds, unless that very thread lost its processor there.
    @inlinable @inline(__always)
    public func tryReceive() -> Element? {
        let position = ring.claimElement()
        if _slowPath(position >= RingPositions.none) { return nil }
        return read(at: position)
    }

    /// Takes the next element, and waits for one as the channel's strategy says; nil when the channel
    /// is closed and everything that was sent has been received.
    @inlinable @inline(__always)
    public func receive() -> Element? {
        var position = ring.claimElementAtOnce()
        if _slowPath(position >= RingPositions.none) {
            position = ring.waitForElement(Patience(Wait.self), .never)
            if position == RingPositions.never { return nil }
        }
        return read(at: position)
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
    public func receive(timeout: Duration) -> ReceiveAttempt<Element> {
        var position = ring.claimElementAtOnce()
        if _slowPath(position >= RingPositions.none) {
            position =
                timeout > .zero
                ? ring.waitForElement(Patience(Wait.self), Deadline(after: timeout, Atomics.self))
                : ring.claimElementPatiently()
            if position == RingPositions.never { return .closed }
            if position == RingPositions.none { return .timedOut }
        }
        return .received(read(at: position))
    }

    /// Moves elements out of the channel to the end of `output`: all that are there and that it has
    /// room for. Never waits for one. O(count).
    ///
    /// - Returns: how many were received.
    @inlinable
    public func tryReceiveBatch(into output: inout OutputSpan<Element>) -> Int {
        var received = 0
        while output.freeCapacity > 0 {
            let (first, count) = ring.claimElements(
                atMost: min(output.freeCapacity, Self.claimedAtOnce))
            if _slowPath(count == 0) { break }
            var position = first
            for _ in 0..<count {
                output.append(ring.read(at: position))
                position = ring.positions.after(position)
            }
            if Wait.parks { ring.senders.wake(UInt32(truncatingIfNeeded: count)) }
            received &+= count
        }
        return received
    }

    /// As `tryReceiveBatch`, and waits for a first element as the channel's strategy says.
    ///
    /// - Returns: how many were received: 0 when the channel is closed and everything that was sent
    ///   has been received.
    @inlinable
    public func receiveBatch(into output: inout OutputSpan<Element>) -> Int {
        precondition(output.freeCapacity > 0, "there is no room in the output for any element")
        let received = tryReceiveBatch(into: &output)
        if _fastPath(received > 0) { return received }
        guard let first = receive() else { return 0 }
        output.append(first)
        return 1 + tryReceiveBatch(into: &output)
    }

    /// Positions that a batch claims at once: as for a producer's.
    @inlinable static var claimedAtOnce: Int { 64 }

    /// Another handle on the same end, for another thread or a later time.
    @inlinable
    public func clone() -> MultiConsumer<Element, Wait, Atomics> {
        ring.retainReceiver()
        return MultiConsumer(ring)
    }

    /// Closes this handle: when it is the last one, sends fail from now on, and what was not received
    /// is destroyed. The same as letting it go.
    @inlinable
    public consuming func close() {}

    /// Closes the channel for everybody, as a producer's `closeForAll`.
    public func closeForAll() { ring.close() }

    /// Whether the channel is closed: what is in it can be received, and nothing will be added.
    @inlinable
    public var isClosed: Bool { ring.isClosed }

    /// Whether there was a moment during the call when the channel held no element.
    public var isEmpty: Bool { ring.isEmpty }

    /// Whether there was a moment during the call when the channel held as many elements as it can.
    public var isFull: Bool { ring.isFull }

    /// Number of elements in the channel, at most so many: some may be leaving it. O(1).
    public var count: Int { ring.count }

    /// Number of elements that the channel holds at most.
    public var capacity: Int { ring.capacity }

    /// What has passed through the channel so far. O(1).
    public var statistics: ChannelStatistics { ring.statistics }

    @inlinable @inline(__always)
    func read(at position: UInt64) -> Element {
        let element = ring.read(at: position)
        if Wait.parks { ring.senders.wake() }
        return element
    }
}
