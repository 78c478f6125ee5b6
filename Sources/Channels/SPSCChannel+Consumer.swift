extension SPSCRing where Element: ~Copyable {
    /// The receiving end: one thread at a time; may be moved between threads.
    @safe @frozen
    public struct Consumer: ~Copyable, @unchecked Sendable {
        // Sendable for the same reason as the producer.
        @usableFromInline let memory: RingMemory<Atomics>
        @usableFromInline var cursor: Cursor<Element, Atomics>
        /// Whether the last `receive` had to wait: then the next one most likely has to, too, and
        /// begins with the poll of a waiting end. A plain load would share the line with the
        /// producer just when it is about to write it.
        @usableFromInline var expectsToWait = false

        @inlinable
        init(_ memory: RingMemory<Atomics>) {
            self.memory = memory
            cursor = Cursor(startOf: memory)
        }

        deinit {
            memory.closeConsumer(at: cursor)
            memory.dropConsumer(at: cursor)
        }
    }
}

extension SPSCRing.Consumer where Element: ~Copyable {
    /// Takes the next element; nil when there is none now. Never waits. O(1).
    @inlinable @inline(__always)
    public mutating func tryReceive() -> Element? {
        if _slowPath(!cursor.hasElement) { return nil }
        return read()
    }

    /// Takes the next element, and waits for one as the channel's strategy says; nil when the
    /// producer is gone and everything it sent has been received.
    @inlinable @inline(__always)
    public mutating func receive() -> Element? {
        guard waitForElement() else { return nil }
        return read()
    }

    /// Closes the channel: sends fail from now on. The same as letting the end go; what was not
    /// received is destroyed.
    @inlinable
    public consuming func close() {}

    /// Closes the channel, and hands over what it still holds: sends fail from now on, and what was
    /// sent before can be had from the result.
    ///
    /// A send that overlaps the closing may still succeed. Its element is among the rest if it was
    /// there in time, and is destroyed otherwise.
    public consuming func drain() -> SPSCRing<Element, Wait, Atomics>.Rest {
        memory.closeConsumer(at: cursor)
        let rest = SPSCRing<Element, Wait, Atomics>.Rest(memory, cursor)
        // The rest has this end's part in the memory now.
        discard self
        return rest
    }

    /// Whether the producer is gone: what is in the channel can be received, and nothing will be
    /// added.
    @inlinable
    public var isClosed: Bool {
        // Pairs with the releasing store in `closeProducer`.
        memory.producerClosed.loadAcquiring() != 0
    }

    /// Whether a `tryReceive` would find nothing now.
    @inlinable
    public var isEmpty: Bool { !cursor.hasElement }

    /// Number of elements that the channel holds at most.
    @inlinable
    public var capacity: Int { memory.geometry.capacity }

    /// Waits for an element in the slot of the cursor; false when none will come.
    @inlinable @inline(__always)
    mutating func waitForElement() -> Bool {
        if _slowPath(expectsToWait || !cursor.hasElement) {
            if cursor.takesElement {
                expectsToWait = false
            } else {
                expectsToWait = true
                // What answers the last send comes about now, where two cores share a cache.
                Atomics.pause()
                Atomics.pause()
                if !cursor.takesElement {
                    let outcome = memory.waitForElement(
                        cursor.published, cursor.token, Patience(Wait.self))
                    if outcome == .closed { return false }
                }
            }
        }
        return true
    }

    @inlinable @inline(__always)
    mutating func read() -> Element {
        // Sound: the slot is initialised, and this end's own until its token is released.
        unsafe Atomics.willRead(cursor.element, count: 1)
        let element = unsafe cursor.element.move()
        release(1)
        return element
    }

    /// Hands the next `count` slots, which are empty and in one block, back to the producer.
    @inlinable @inline(__always)
    mutating func release(_ count: Int) {
        // Pairs with the acquiring loads in `Cursor.hasRoom` and `Wait.isOpen`: whoever sees the
        // token finds the elements moved out. A lap ahead: the slots are free for the next one.
        cursor.released.storeReleasing(
            cursor.token &+ UInt32(truncatingIfNeeded: count &- 1) &+ BlockLayout<Element>.lap)
        cursor.advance(by: count, memory.consumer, memory)
        if Wait.parks { memory.wake(memory.producerSleeps) }
    }
}
