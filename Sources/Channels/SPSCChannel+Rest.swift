extension SPSCRing where Element: ~Copyable {
    /// What a channel held when its consumer closed it: one thread at a time; may be moved between
    /// threads. What is not taken is destroyed with it.
    @safe
    public struct Rest: ~Copyable, @unchecked Sendable {
        // Sendable for the same reason as the consumer, whose place it has taken.
        private let memory: RingMemory<Atomics>
        private var cursor: Cursor<Element, Atomics>

        init(_ memory: RingMemory<Atomics>, _ cursor: Cursor<Element, Atomics>) {
            self.memory = memory
            self.cursor = cursor
        }

        deinit {
            memory.dropConsumer(at: cursor)
        }

        /// The next element, in the order in which they were sent; nil when there is none left.
        public mutating func next() -> Element? {
            guard cursor.hasElement else { return nil }
            // Sound: published, and received by nobody; the cursor leaves it behind.
            unsafe Atomics.willRead(cursor.element, count: 1)
            let element = unsafe cursor.element.move()
            _ = cursor.step(by: 1, memory)
            return element
        }
    }
}
