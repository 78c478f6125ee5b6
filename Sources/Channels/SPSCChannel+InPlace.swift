extension SPSCRing.Producer where Element: ~Copyable {
    /// Lets `body` write elements into free slots of the channel, and sends what it wrote, all at
    /// once. Never waits.
    ///
    /// The slots are those up to the end of a cache line: seven 8-byte elements at most, often
    /// fewer. `body` need not fill them.
    ///
    /// - Parameters:
    ///   - limit: the most slots to offer, at least 1.
    ///   - body: appends to a span of at least one slot; not called when there is no room.
    /// - Returns: how many elements were sent: 0 also when the channel is closed.
    @inlinable @inline(__always)
    public mutating func trySendInPlace(
        atMost limit: Int = .max, _ body: (inout OutputSpan<Element>) -> Void
    ) -> Int {
        precondition(limit >= 1, "at least one slot has to be offered, not \(limit)")
        let run = cursor.run(cursor.released.loadAcquiring(), limit: limit)
        if _slowPath(run <= 0) { return 0 }
        // Sound: `run` slots are free, and this end's own until they are published; the span leaves
        // the first `count` of them initialised.
        unsafe Atomics.willWrite(cursor.element, count: run)
        let slots = unsafe UnsafeMutableBufferPointer(start: cursor.element, count: run)
        var span = unsafe OutputSpan(buffer: slots, initializedCount: 0)
        body(&span)
        let count = unsafe span.finalize(for: slots)
        if count > 0 { publish(count) }
        return count
    }

    /// As `trySendInPlace`, and waits for room as the channel's strategy says.
    ///
    /// - Throws: `BatchClosed` when the consumer is gone; then `body` has not been called.
    @inlinable @inline(__always)
    public mutating func sendInPlace(
        atMost limit: Int = .max, _ body: (inout OutputSpan<Element>) -> Void
    ) throws(BatchClosed) -> Int {
        if _slowPath(!cursor.hasRoom) {
            guard waitForRoom() else { throw BatchClosed(accepted: 0) }
        }
        return trySendInPlace(atMost: limit, body)
    }
}

extension SPSCRing.Consumer where Element: ~Copyable {
    /// Lets `body` read (and change) elements where they lie in the channel; afterwards they are
    /// destroyed and their slots are free. Never waits.
    ///
    /// The elements are those up to the end of a cache line: seven 8-byte elements at most, often
    /// fewer.
    ///
    /// - Parameters:
    ///   - limit: the most elements to offer, at least 1.
    ///   - body: not called when there is no element.
    /// - Returns: how many elements were received.
    @inlinable @inline(__always)
    public mutating func tryReceiveInPlace(
        atMost limit: Int = .max, _ body: (inout MutableSpan<Element>) -> Void
    ) -> Int {
        precondition(limit >= 1, "at least one element has to be offered, not \(limit)")
        let run = cursor.run(cursor.published.loadAcquiring(), limit: limit)
        if _slowPath(run <= 0) { return 0 }
        // Sound: `run` slots hold elements that are this end's own until they are released.
        unsafe Atomics.willRead(cursor.element, count: run)
        let slots = unsafe UnsafeMutableBufferPointer(start: cursor.element, count: run)
        var span = unsafe slots.mutableSpan
        body(&span)
        unsafe cursor.element.deinitialize(count: run)
        release(run)
        return run
    }

    /// As `tryReceiveInPlace`, and waits for a first element as the channel's strategy says.
    ///
    /// - Returns: how many elements were received: 0 when the producer is gone and everything it
    ///   sent has been received.
    @inlinable @inline(__always)
    public mutating func receiveInPlace(
        atMost limit: Int = .max, _ body: (inout MutableSpan<Element>) -> Void
    ) -> Int {
        guard waitForElement() else { return 0 }
        return tryReceiveInPlace(atMost: limit, body)
    }
}
