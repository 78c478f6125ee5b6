/// A receiving end of an unbounded channel that has many: an `UnboundedMPMCChannel`'s consumer.
///
/// Any number of threads may use one handle at once, and `clone` makes another handle. Each element
/// goes to one of them. The channel closes when the last handle is closed or goes away; what nobody
/// has received is destroyed then.
@safe @frozen
public struct UnboundedConsumer<
    Element: ~Copyable & Sendable, Wait: WaitStrategy, Atomics: AtomicsProvider
>: ~Copyable, @unchecked Sendable {
    // Sendable for the same reason as the producer.
    @usableFromInline let memory: SegmentedMemory<Atomics>

    /// - Parameter memory: with a consumer's reference, which it takes over.
    @inlinable
    init(_ memory: SegmentedMemory<Atomics>) {
        self.memory = memory
    }

    deinit {
        memory.dropConsumer(Element.self)
    }
}

extension UnboundedConsumer where Element: ~Copyable {
    /// Takes the next element; nil when there is none. O(1).
    ///
    /// Linearizable: nil says that there was a moment during the call when the channel held no
    /// element. Waits for nobody but a sender that is about to write the slot that comes next:
    /// nanoseconds, unless that very thread lost its processor there.
    @inlinable @inline(__always)
    public func tryReceive() -> Element? {
        let ticket = memory.claimKnown()
        if let ticket, let slot = memory.writtenSlot(ticket, SegmentLayout<Element>.self) {
            return slot.take(Element.self)
        }
        guard case .written(let slot) = memory.find(ticket) else { return nil }
        return slot.take(Element.self)
    }

    /// Takes the next element, and waits for one as the channel's strategy says; nil when the channel
    /// is closed and everything that was sent has been received.
    @inlinable @inline(__always)
    public func receive() -> Element? {
        let ticket = memory.claimKnown()
        if let ticket, let slot = memory.writtenSlot(ticket, SegmentLayout<Element>.self) {
            return slot.take(Element.self)
        }
        guard case .written(let slot) = wait(ticket, .never) else { return nil }
        return slot.take(Element.self)
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
        var found = memory.find()
        if case .empty = found, timeout > .zero {
            found = wait(nil, Deadline(after: timeout, Atomics.self))
        }
        switch found {
        case .written(let slot): return .received(slot.take(Element.self))
        case .empty, .timedOut: return .timedOut
        case .closed: return .closed
        }
    }

    /// Moves elements out of the channel to the end of `output`: all that are there and that it has
    /// room for. Never waits for one. O(count).
    ///
    /// - Returns: how many were received.
    @inlinable
    public func tryReceiveBatch(into output: inout OutputSpan<Element>) -> Int {
        var received = 0
        while output.freeCapacity > 0 {
            let (first, count) = memory.claimKnown(atMost: UInt64(output.freeCapacity))
            if _slowPath(count == 0) {
                guard let element = tryReceive() else { break }
                output.append(element)
                received &+= 1
            }
            for index in 0..<count {
                let claim = SegmentClaim(first.segment, first.number &+ index)
                if let slot = memory.fill(claim, SegmentLayout<Element>.self) {
                    output.append(slot.take(Element.self))
                    received &+= 1
                }
            }
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
        guard let first = receive() else { return 0 }
        output.append(first)
        return 1 &+ tryReceiveBatch(into: &output)
    }

    /// Another handle on the same end, for another thread or a later time.
    @inlinable
    public func clone() -> UnboundedConsumer<Element, Wait, Atomics> {
        memory.addConsumer()
        return UnboundedConsumer(memory)
    }

    /// Closes this handle: when it is the last one, sends fail from now on, and what was not received
    /// is destroyed. The same as letting it go.
    @inlinable
    public consuming func close() {}

    /// Closes the channel for everybody, as a producer's `closeForAll`.
    public func closeForAll() { memory.close() }

    /// Whether the channel is closed: what is in it can be received, and nothing will be added.
    @inlinable
    public var isClosed: Bool { memory.isClosed }

    /// Whether there was a moment during the call when the channel held no element.
    ///
    /// O(1), a few locked instructions: a look holds the segment.
    public var isEmpty: Bool { memory.certainOutlook() != .likely }

    /// Number of elements in the channel: exact while nobody sends or receives. O(1).
    public var count: Int { memory.count }

    /// What has passed through the channel so far. O(1).
    public var statistics: UnboundedStatistics { memory.statistics }

    @inlinable
    func wait(_ ticket: ReceiveTickets?, _ deadline: Deadline) -> SegmentFind<Atomics> {
        SegmentWait(memory, Patience(Wait.self), until: deadline).outcome(ticket)
    }
}
