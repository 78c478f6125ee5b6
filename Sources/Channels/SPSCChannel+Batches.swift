extension SPSCRing.Producer where Element: Copyable & Sendable {
    /// Sends as many of the elements, from the first on, as there is room for, and publishes them
    /// all at once. Never waits. O(count).
    ///
    /// - Returns: how many were sent: 0 also when the channel is closed (see `isClosed`).
    @inlinable
    public mutating func trySendBatch(_ elements: Span<Element>) -> Int {
        let sent = sendWhatFits(elements)
        if _slowPath(sent < elements.count), !isClosed {
            memory.producer.refused.add(UInt64(truncatingIfNeeded: elements.count &- sent))
        }
        return sent
    }

    /// Sends all of the elements, and waits for room as the channel's strategy says; publishes at
    /// once what there is room for. O(count).
    ///
    /// - Throws: `BatchClosed` with the number of elements that were sent, when the consumer is
    ///   gone.
    @inlinable
    public mutating func sendBatch(_ elements: Span<Element>) throws(BatchClosed) {
        var sent = sendWhatFits(elements)
        while sent < elements.count {
            guard waitForRoom() else { throw BatchClosed(accepted: sent) }
            sent &+= sendWhatFits(elements.extracting(sent..<elements.count))
        }
    }

    @inlinable
    mutating func sendWhatFits(_ elements: Span<Element>) -> Int {
        var sent = 0
        // Sound: the buffer is used while it is borrowed, within its bounds.
        unsafe elements.withUnsafeBufferPointer { buffer in
            guard let source = buffer.baseAddress else { return }
            while sent < buffer.count {
                let count = unsafe sendChunk(source + sent, limit: buffer.count &- sent)
                if _slowPath(count == 0) { return }
                sent &+= count
            }
        }
        return sent
    }

    /// Sends what there is room for of the `limit` elements at `source`, at most `blocksPerBatch`
    /// blocks.
    ///
    /// The token of the first block is written last. The consumer comes to the others through that
    /// one only, and so stays away from the lines that are being written; each of these is touched
    /// once.
    @inlinable @inline(__always)
    mutating func sendChunk(_ source: UnsafePointer<Element>, limit: Int) -> Int {
        let first = cursor
        let firstRun = cursor.run(cursor.released.loadAcquiring(), limit: limit)
        if _slowPath(firstRun <= 0) { return 0 }
        unsafe fill(from: source, count: firstRun)
        var sent = firstRun
        var entered = 0
        if cursor.step(by: firstRun, memory) {
            entered = 1
            var blocks = memory.geometry.blocksPerBatch &- 1
            while sent < limit && blocks > 0 {
                let whole = cursor.wholeBlocks(
                    atMost: min(blocks, (limit &- sent) / BlockLayout<Element>.slotsPerBlock),
                    memory, by: BlockOffset.released)
                if _fastPath(whole > 0) {
                    unsafe fillBlocks(whole, from: source + sent)
                    sent &+= whole &* BlockLayout<Element>.slotsPerBlock
                    entered &+= whole
                    blocks &-= whole
                    continue
                }
                let run = cursor.run(cursor.released.loadAcquiring(), limit: limit &- sent)
                if run <= 0 { break }
                unsafe fill(from: source + sent, count: run)
                cursor.published.storeReleasing(
                    cursor.token &+ UInt32(truncatingIfNeeded: run &- 1))
                sent &+= run
                blocks &-= 1
                if !cursor.step(by: run, memory) { break }
                entered &+= 1
            }
        }
        // Pairs as in `publish`, for all blocks of the chunk.
        first.published.storeReleasing(
            first.token &+ UInt32(truncatingIfNeeded: firstRun &- 1))
        if entered > 0 {
            memory.producer.blockStart.add(
                UInt64(truncatingIfNeeded: entered &* BlockLayout<Element>.slotsPerBlock))
        }
        if Wait.parks { memory.wake(memory.consumerSleeps) }
        return sent
    }

    /// Copies `count` elements into the slots from the next one on.
    @inlinable @inline(__always)
    func fill(from source: UnsafePointer<Element>, count: Int) {
        // Sound: the caller has found so many slots of the block free, and they are this end's own
        // until they are published.
        unsafe Atomics.willWrite(cursor.element, count: count)
        unsafe cursor.element.initialize(from: source, count: count)
    }

    /// Copies elements into so many blocks from the next slot on, which begins the first of them,
    /// and writes their tokens.
    @inlinable @inline(__always)
    mutating func fillBlocks(_ count: Int, from source: UnsafePointer<Element>) {
        // Sound: `wholeBlocks` found so many blocks free before the ring's end.
        let done = cursor.lastToken
        var source = unsafe source
        var block = unsafe cursor.block
        let end = unsafe block + count &* BlockLayout<Element>.blockBytes
        while unsafe block != end {
            unsafe Cursor<Element, Atomics>.prefetch(
                block, ahead: BlockLayout<Element>.batchPrefetchBytes, before: end)
            let slots = unsafe (block + BlockLayout<Element>.slotsOffset)
                .assumingMemoryBound(to: Element.self)
            unsafe Atomics.willWrite(slots, count: BlockLayout<Element>.slotsPerBlock)
            unsafe slots.initialize(from: source, count: BlockLayout<Element>.slotsPerBlock)
            unsafe SharedWord<Atomics>(at: block + BlockOffset.published).storeReleasing(done)
            unsafe source += BlockLayout<Element>.slotsPerBlock
            unsafe block += BlockLayout<Element>.blockBytes
        }
        cursor.skip(count, memory)
    }
}

extension SPSCRing.Consumer where Element: ~Copyable {
    /// Moves elements out of the channel to the end of `output`: all that are there and that it has
    /// room for. Makes the room known all at once. Never waits. O(count).
    ///
    /// - Returns: how many were received.
    @inlinable
    public mutating func tryReceiveBatch(into output: inout OutputSpan<Element>) -> Int {
        // Sound: elements are moved behind what the buffer holds, within its capacity, and counted
        // there.
        unsafe output.withUnsafeMutableBufferPointer { buffer, count in
            guard let base = buffer.baseAddress else { return 0 }
            let before = count
            while count < buffer.count {
                let received = unsafe receiveChunk(into: base + count, limit: buffer.count &- count)
                if _slowPath(received == 0) { break }
                count &+= received
            }
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

    /// Moves what is there to `target`, at most `limit` elements and `blocksPerBatch` blocks. The
    /// token of the first block is written last, as in `sendChunk`.
    @inlinable @inline(__always)
    mutating func receiveChunk(into target: UnsafeMutablePointer<Element>, limit: Int) -> Int {
        let first = cursor
        let firstRun = cursor.run(cursor.published.loadAcquiring(), limit: limit)
        if _slowPath(firstRun <= 0) { return 0 }
        unsafe empty(to: target, count: firstRun)
        var received = firstRun
        var entered = 0
        if cursor.step(by: firstRun, memory) {
            entered = 1
            var blocks = memory.geometry.blocksPerBatch &- 1
            while received < limit && blocks > 0 {
                let whole = cursor.wholeBlocks(
                    atMost: min(blocks, (limit &- received) / BlockLayout<Element>.slotsPerBlock),
                    memory, by: BlockOffset.published)
                if _fastPath(whole > 0) {
                    unsafe emptyBlocks(whole, to: target + received)
                    received &+= whole &* BlockLayout<Element>.slotsPerBlock
                    entered &+= whole
                    blocks &-= whole
                    continue
                }
                let run = cursor.run(cursor.published.loadAcquiring(), limit: limit &- received)
                if run <= 0 { break }
                unsafe empty(to: target + received, count: run)
                cursor.released.storeReleasing(cursor.releasedToken(after: run))
                received &+= run
                blocks &-= 1
                if !cursor.step(by: run, memory) { break }
                entered &+= 1
            }
        }
        // Pairs as in `release`, for all blocks of the chunk.
        first.released.storeReleasing(first.releasedToken(after: firstRun))
        if entered > 0 {
            memory.consumer.blockStart.add(
                UInt64(truncatingIfNeeded: entered &* BlockLayout<Element>.slotsPerBlock))
        }
        if Wait.parks { memory.wake(memory.producerSleeps) }
        return received
    }

    /// Moves `count` elements out of the slots from the next one on.
    @inlinable @inline(__always)
    func empty(to target: UnsafeMutablePointer<Element>, count: Int) {
        // Sound: the caller has found so many slots of the block published, and they are this end's
        // own until they are released.
        unsafe Atomics.willRead(cursor.element, count: count)
        unsafe target.moveInitialize(from: cursor.element, count: count)
    }

    /// Moves elements out of so many blocks from the next slot on, which begins the first of them,
    /// and writes their tokens.
    @inlinable @inline(__always)
    mutating func emptyBlocks(_ count: Int, to target: UnsafeMutablePointer<Element>) {
        // Sound: `wholeBlocks` found so many blocks published before the ring's end.
        let done = cursor.releasedToken(after: BlockLayout<Element>.slotsPerBlock)
        var target = unsafe target
        var block = unsafe cursor.block
        let end = unsafe block + count &* BlockLayout<Element>.blockBytes
        while unsafe block != end {
            unsafe Cursor<Element, Atomics>.prefetch(
                block, ahead: BlockLayout<Element>.batchPrefetchBytes, before: end)
            let slots = unsafe (block + BlockLayout<Element>.slotsOffset)
                .assumingMemoryBound(to: Element.self)
            unsafe Atomics.willRead(slots, count: BlockLayout<Element>.slotsPerBlock)
            unsafe target.moveInitialize(from: slots, count: BlockLayout<Element>.slotsPerBlock)
            unsafe SharedWord<Atomics>(at: block + BlockOffset.released).storeReleasing(done)
            unsafe target += BlockLayout<Element>.slotsPerBlock
            unsafe block += BlockLayout<Element>.blockBytes
        }
        cursor.skip(count, memory)
    }
}
