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

        /// Receives one element after the other. Copies are the same iterator.
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
                // Sound: iterators are not Sendable, so that one thread at a time is here; the end
                // lives as long as they.
                await unsafe end.consumer.pointee.receiveSuspending()
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
            @usableFromInline let consumer: UnsafeMutablePointer<Consumer>

            init(_ consumer: consuming Consumer) {
                unsafe self.consumer = .allocate(capacity: 1)
                unsafe self.consumer.initialize(to: consumer)
            }

            deinit {
                // Sound: initialised above, and no iterator is left.
                unsafe consumer.deinitialize(count: 1)
                unsafe consumer.deallocate()
            }
        }
    }
}
