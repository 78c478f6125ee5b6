/// The receiving end of an unbounded channel that has one only: an `UnboundedMPSCChannel`'s consumer.
/// One thread at a time; may be moved between threads.
///
/// The channel closes when it is closed or goes away; what was not received is destroyed then.
@safe @frozen
public struct SoleUnboundedConsumer<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable, @unchecked Sendable {
    // Sendable because it is noncopyable and every operation is mutating or reads atomics: two
    // threads never use it at once. Elements are Sendable.
    @usableFromInline let memory: SegmentedMemory<Atomics>
    @usableFromInline var position: SegmentPosition<Atomics>
    /// Whether the last `receive` had to wait: then the next one begins with the poll of a waiting
    /// end (see the SPSC channel's consumer).
    @usableFromInline var expectsToWait = false

    /// - Parameter memory: with a consumer's reference, which it takes over.
    @inlinable
    init(_ memory: SegmentedMemory<Atomics>) {
        self.memory = memory
        position = SegmentPosition(
            startOf: Segment(ReceiveTickets(memory.receiving.loadRelaxed()).address))
    }

    deinit {
        memory.dropConsumer(at: position, Element.self)
    }
}

extension SoleUnboundedConsumer where Element: ~Copyable {
    /// Takes the next element; nil when there is none. O(1).
    ///
    /// Linearizable: nil says that there was a moment during the call when the channel held no
    /// element. Waits for nobody but a sender that is about to write the slot that comes next, where
    /// others have sent behind it: nanoseconds, unless that very thread lost its processor there.
    @inlinable @inline(__always)
    public mutating func tryReceive() -> Element? {
        if _slowPath(!memory.isWritten(position, SegmentLayout<Element>.self)) {
            guard memory.advance(&position) == .likely else { return nil }
        }
        return read()
    }

    /// Takes the next element, and waits for one as the channel's strategy says; nil when the channel
    /// is closed and everything that was sent has been received.
    @inlinable @inline(__always)
    public mutating func receive() -> Element? {
        if _slowPath(expectsToWait || !memory.isWritten(position, SegmentLayout<Element>.self)) {
            guard waitForElement() else { return nil }
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
        if _slowPath(!memory.isWritten(position, SegmentLayout<Element>.self)) {
            var outlook: SegmentOutlook? = memory.advance(&position)
            if outlook == .empty {
                outlook =
                    timeout > .zero
                    ? memory.wait(
                        for: &position, Patience(Wait.self),
                        until: Deadline(after: timeout, Atomics.self)) : nil
            }
            guard outlook == .likely else { return outlook == .closed ? .closed : .timedOut }
        }
        return .received(read())
    }

    /// Moves elements out of the channel to the end of `output`: all that are there and that it has
    /// room for. Never waits for one. O(count).
    ///
    /// - Returns: how many were received.
    @inlinable
    public mutating func tryReceiveBatch(into output: inout OutputSpan<Element>) -> Int {
        var received = 0
        while output.freeCapacity > 0 {
            if _slowPath(!memory.isWritten(position, SegmentLayout<Element>.self)) {
                guard memory.advance(&position) == .likely else { break }
            }
            output.append(read())
            received &+= 1
        }
        return received
    }

    /// As `tryReceiveBatch`, and waits for a first element as the channel's strategy says.
    ///
    /// - Returns: how many were received: 0 when the channel is closed and everything that was sent
    ///   has been received.
    @inlinable
    public mutating func receiveBatch(into output: inout OutputSpan<Element>) -> Int {
        precondition(output.freeCapacity > 0, "there is no room in the output for any element")
        guard let first = receive() else { return 0 }
        output.append(first)
        return 1 &+ tryReceiveBatch(into: &output)
    }

    /// Closes the channel: sends fail from now on, and what was not received is destroyed. The same
    /// as letting the end go.
    @inlinable
    public consuming func close() {}

    /// Closes the channel for everybody, as a producer's `closeForAll`: what was sent before can
    /// still be received.
    public func closeForAll() { memory.close() }

    /// Whether the channel is closed: what is in it can be received, and nothing will be added.
    @inlinable
    public var isClosed: Bool { memory.isClosed }

    /// Whether the next element, if there is one, is still on its way.
    public var isEmpty: Bool { !memory.hasElement(position) }

    /// Number of elements in the channel: exact while nobody sends. O(1).
    public var count: Int { memory.count }

    /// What has passed through the channel so far. O(1).
    public var statistics: UnboundedStatistics { memory.statistics }

    /// Whether there is an element, after as long as the strategy waits for one.
    @inlinable @inline(__always)
    mutating func waitForElement() -> Bool {
        if memory.looksWritten(position) && position.number < memory.capacity {
            expectsToWait = false
            return true
        }
        expectsToWait = true
        // What answers the last send comes about now, where two cores share a cache.
        memory.pause(.pause)
        if memory.looksWritten(position) && position.number < memory.capacity { return true }
        return waitLonger()
    }

    @inlinable @inline(never)
    mutating func waitLonger() -> Bool {
        // Perhaps it is only the end of a segment.
        if memory.looksWritten(position) && memory.advance(&position) == .likely { return true }
        return memory.wait(for: &position, Patience(Wait.self), until: .never) == .likely
    }

    @inlinable @inline(__always)
    mutating func read() -> Element {
        let element = position.claim.slot(SegmentLayout<Element>.self).moveElement(Element.self)
        position.number &+= 1
        // For who counts. Nobody else looks at the slot again before the segment has another life.
        memory.emptiedSlots.storeRelaxed(position.number)
        return element
    }
}
