extension SPSCRing.Producer where Element: Copyable & Sendable {
    /// Sends as many of the elements, from the first on, as there is room for, and publishes once a
    /// block instead of once an element. Never waits. O(count).
    ///
    /// - Returns: how many were sent: 0 also when the channel is closed (see `isClosed`).
    @inlinable
    public mutating func trySendBatch(_ elements: Span<Element>) -> Int {
        var sent = 0
        // Sound: the buffer is used while it is borrowed, within its bounds; `run` says how many
        // slots of the block are free, and they are this end's own until they are published.
        unsafe elements.withUnsafeBufferPointer { buffer in
            guard let source = buffer.baseAddress else { return }
            while sent < buffer.count {
                var ahead = cursor
                var blocks = memory.geometry.blocksPerBatch
                var chunk = 0
                while blocks > 0 && sent < buffer.count {
                    let run = ahead.run(
                        ahead.released.loadAcquiring(), limit: buffer.count &- sent)
                    if _slowPath(run <= 0) { break }
                    unsafe Atomics.willWrite(ahead.element, count: run)
                    if run == BlockLayout<Element>.slotsPerBlock {
                        // The same with a count that the compiler knows: no loop, no call.
                        unsafe ahead.element.initialize(
                            from: source + sent, count: BlockLayout<Element>.slotsPerBlock)
                    } else {
                        unsafe ahead.element.initialize(from: source + sent, count: run)
                    }
                    sent &+= run
                    chunk &+= run
                    blocks &-= 1
                    if ahead.step(by: run, memory) { ahead.prefetchForBatch(memory) }
                }
                if _slowPath(chunk == 0) { return }
                publishBlocks(chunk)
            }
        }
        return sent
    }

    /// Sends all of the elements, and waits for room as the channel's strategy says; publishes once
    /// a block instead of once an element. O(count).
    ///
    /// - Throws: `BatchClosed` with the number of elements that were sent, when the consumer is
    ///   gone.
    @inlinable
    public mutating func sendBatch(_ elements: Span<Element>) throws(BatchClosed) {
        var sent = trySendBatch(elements)
        while sent < elements.count {
            guard waitForRoom() else { throw BatchClosed(accepted: sent) }
            sent &+= trySendBatch(elements.extracting(sent..<elements.count))
        }
    }
}

extension SPSCRing.Producer where Element: ~Copyable {
    /// Hands the next `count` slots, which are initialised, to the consumer.
    @inlinable @inline(__always)
    mutating func publishBlocks(_ count: Int) {
        var left = count
        while left > 0 {
            let run = min(left, cursor.slotsLeft)
            // Pairs as in `publish`.
            cursor.published.storeReleasing(
                cursor.token &+ UInt32(truncatingIfNeeded: run &- 1))
            if cursor.step(by: run, memory) {
                memory.producer.blockStart.add(
                    UInt64(truncatingIfNeeded: BlockLayout<Element>.slotsPerBlock))
            }
            left &-= run
        }
        if Wait.parks { memory.wake(memory.consumerSleeps) }
    }

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
    /// As `release`, leaving the waking to the end of the batch.
    @inlinable @inline(__always)
    mutating func releaseInBatch(_ count: Int) {
        // Pairs as in `release`.
        cursor.released.storeReleasing(
            cursor.token &+ UInt32(truncatingIfNeeded: count &- 1) &+ BlockLayout<Element>.lap)
        if cursor.step(by: count, memory) {
            memory.consumer.blockStart.add(
                UInt64(truncatingIfNeeded: BlockLayout<Element>.slotsPerBlock))
            cursor.prefetchForBatch(memory)
        }
    }

    /// Moves elements out of the channel to the end of `output`: all that are there and that it has
    /// room for. Makes room known once a block instead of once an element. Never waits. O(count).
    ///
    /// - Returns: how many were received.
    @inlinable
    public mutating func tryReceiveBatch(into output: inout OutputSpan<Element>) -> Int {
        // Sound: `run` slots hold elements that are this end's own until they are released; they
        // are moved behind what the buffer holds, within its capacity, and counted there.
        unsafe output.withUnsafeMutableBufferPointer { buffer, count in
            guard let base = buffer.baseAddress else { return 0 }
            let before = count
            while count < buffer.count {
                let run = cursor.run(cursor.published.loadAcquiring(), limit: buffer.count &- count)
                if _slowPath(run <= 0) { break }
                unsafe Atomics.willRead(cursor.element, count: run)
                if run == BlockLayout<Element>.slotsPerBlock {
                    // The same with a count that the compiler knows: no loop, no call.
                    unsafe (base + count).moveInitialize(
                        from: cursor.element, count: BlockLayout<Element>.slotsPerBlock)
                } else {
                    unsafe (base + count).moveInitialize(from: cursor.element, count: run)
                }
                releaseInBatch(run)
                count &+= run
            }
            if Wait.parks { memory.wake(memory.producerSleeps) }
            return count &- before
        }
    }

    /// As `tryReceiveBatch`, and waits for a first element as the channel's strategy says.
    ///
    /// - Returns: how many were received: 0 when the producer is gone and everything it sent has
    ///   been received.
    @inlinable
    public mutating func receiveBatch(into output: inout OutputSpan<Element>) -> Int {
        precondition(output.freeCapacity > 0, "there is no room in the output for any element")
        guard waitForElement() else { return 0 }
        return tryReceiveBatch(into: &output)
    }

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
