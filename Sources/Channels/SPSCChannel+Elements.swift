import Synchronization

extension SPSCRing.Consumer where Element: Copyable & Sendable, Wait: ParkingWait {
    /// What is still to come, as an asynchronous sequence that has this end's place.
    ///
    /// ```swift
    /// for await order in consumer.elements() { … }
    /// ```
    ///
    /// It ends when the producer is gone and everything it sent has come, and when the task that
    /// iterates is cancelled. The channel closes when the iterator goes away. Costs one allocation;
    /// `receiveSuspending` costs none, and takes noncopyable elements.
    public consuming func elements() -> SPSCRing<Element, Wait, Atomics>.Elements {
        SPSCRing<Element, Wait, Atomics>.Elements(self)
    }
}

extension SPSCRing where Element: Copyable & Sendable, Wait: ParkingWait {
    /// The elements of a channel in the order in which they were sent, for one iteration.
    public struct Elements: AsyncSequence, Sendable {
        /// Nothing is thrown.
        public typealias Failure = Never

        private let end: UnusedEnd

        init(_ consumer: consuming Consumer) {
            end = UnusedEnd(consumer)
        }

        /// The iterator: there is one, since each element is received once.
        public func makeAsyncIterator() -> Iterator {
            guard let consumer = end.take() else {
                preconditionFailure("the elements of a channel are iterated over once")
            }
            return Iterator(consumer)
        }

        /// Receives one element after the other. Copies are the same iterator, of which one call at a
        /// time may wait: an actor that is asked for another element meanwhile stops the program.
        @safe
        public struct Iterator: AsyncIteratorProtocol {
            @usableFromInline let end: UsedEnd

            init(_ consumer: consuming Consumer) {
                end = UsedEnd(consumer)
            }

            /// The next element; nil at the end, and when the task is cancelled.
            @inlinable
            public mutating func next() async -> Element? {
                await next(isolation: nil)
            }

            /// The next element; nil at the end, and when the task is cancelled.
            @inlinable
            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async -> Element? {
                // Sound, here and below: iterators are not Sendable, so that one thread at a time is
                // here; the end lives as long as they.
                precondition(
                    unsafe !end.used.pointee.isInUse,
                    "an iterator's next() is called while another call of it waits")
                unsafe end.used.pointee.isInUse = true
                defer { unsafe end.used.pointee.isInUse = false }
                // Sound: no other call is in the middle of this.
                return await unsafe end.used.pointee.consumer.receiveSuspending()
            }
        }

        /// The receiving end before the iteration.
        private final class UnusedEnd: Sendable {
            private let consumer: Mutex<Consumer?>

            init(_ consumer: consuming Consumer) {
                self.consumer = Mutex(consumer)
            }

            func take() -> Consumer? {
                consumer.withLock { $0.take() }
            }
        }

        /// The receiving end during the iteration: behind a pointer, because properties of classes
        /// are checked for exclusive access at each use.
        @safe @usableFromInline
        final class UsedEnd {
            @usableFromInline let used: UnsafeMutablePointer<Used>

            init(_ consumer: consuming Consumer) {
                unsafe used = .allocate(capacity: 1)
                unsafe used.initialize(to: Used(consumer: consumer))
            }

            deinit {
                // Sound: initialised above, and no iterator is left.
                unsafe used.deinitialize(count: 1)
                unsafe used.deallocate()
            }
        }

        /// The receiving end, and whether a call of `next` is under way.
        @usableFromInline
        struct Used: ~Copyable {
            @usableFromInline var consumer: Consumer
            @usableFromInline var isInUse = false

            init(consumer: consuming Consumer) {
                self.consumer = consumer
            }
        }
    }
}
