extension SPSCRing where Element: ~Copyable {
    /// The sending end: one thread at a time; may be moved between threads.
    @safe @frozen
    public struct Producer: ~Copyable, @unchecked Sendable {
        // Sendable because it is noncopyable and every operation is mutating or reads what the
        // other end writes atomically: two threads never use it at once. Elements are Sendable.
        @usableFromInline let memory: RingMemory<Atomics>
        @usableFromInline var cursor: Cursor<Element, Atomics>

        @inlinable
        init(_ memory: RingMemory<Atomics>) {
            self.memory = memory
            cursor = Cursor(startOf: memory)
        }

        deinit {
            memory.closeProducer(Element.self)
        }
    }
}

extension SPSCRing.Producer where Element: ~Copyable {
    /// Sends the element if there is room. Never waits. O(1).
    @inlinable @inline(__always)
    public mutating func trySend(_ element: consuming Element) -> SendAttempt<Element> {
        if _slowPath(!cursor.hasRoom) {
            if isClosed { return .closed(element) }
            memory.producer.refused.add(1)
            return .full(element)
        }
        write(element)
        return .sent
    }

    /// Sends the element, and waits for room as the channel's strategy says.
    ///
    /// - Throws: `ChannelClosed` with the element when the consumer is gone.
    @inlinable @inline(__always)
    public mutating func send(_ element: consuming Element) throws(ChannelClosed<Element>) {
        if _slowPath(!cursor.hasRoom) {
            guard waitForRoom() else { throw Self.refusal(of: element) }
        }
        write(element)
    }

    /// Closes the channel: the consumer gets what was sent, and then nothing. The same as letting
    /// the end go.
    @inlinable
    public consuming func close() {}

    /// Whether the consumer is gone, so that sending fails.
    @inlinable
    public var isClosed: Bool {
        // Pairs with the releasing store in `closeConsumer`.
        memory.consumerClosed.loadAcquiring() != 0
    }

    /// Whether a `trySend` would be refused now. Also true when the channel is closed.
    @inlinable
    public var isFull: Bool { !cursor.hasRoom }

    /// Number of elements that the channel holds at most.
    @inlinable
    public var capacity: Int { memory.geometry.capacity }

    /// Out of line, and specialised: so that an element in a register stays there on the way past.
    @inlinable @inline(never)
    static func refusal(of element: consuming Element) -> ChannelClosed<Element> {
        ChannelClosed(element)
    }

    @inlinable @inline(__always)
    func waitForRoom() -> Bool {
        memory.waitForRoom(cursor.released, cursor.token, Patience(Wait.self)) != .closed
    }

    @inlinable @inline(__always)
    mutating func write(_ element: consuming Element) {
        // Sound: the slot is free and this end's own until its token is published.
        unsafe Atomics.willWrite(cursor.element, count: 1)
        unsafe cursor.element.initialize(to: element)
        publish(1)
    }

    /// Hands the next `count` slots, which are initialised and in one block, to the consumer.
    @inlinable @inline(__always)
    mutating func publish(_ count: Int) {
        // Pairs with the acquiring loads in `Cursor.hasElement` and `Wait.isOpen`: whoever sees the
        // token finds the elements initialised.
        cursor.published.storeReleasing(
            cursor.token &+ UInt32(truncatingIfNeeded: count &- 1))
        cursor.advance(by: count, memory.producer, memory)
        if Wait.parks { memory.wake(memory.consumerSleeps) }
    }
}
