/// A queue without bound: what is put in first comes out first. Herlihy and Wing's own example.
public struct FIFOQueue: SequentialModel {
    /// What a client asks.
    public enum Operation: Hashable, Sendable {
        /// This comes after all that is in the queue.
        case enqueue(Int)
        /// The first of the queue comes out.
        case dequeue
    }

    /// What a client hears.
    public enum Answer: Hashable, Sendable {
        /// To what was put in: done.
        case enqueued
        /// What came out; nil where the queue was empty.
        case dequeued(Int?)
    }

    /// What is in the queue, first to last.
    public typealias State = [Int]

    /// The model of a queue that begins empty.
    public init() {}

    /// Nothing.
    public var initial: [Int] { [] }

    /// The queue after an operation; nil where it would have been answered otherwise. O(length).
    public func state(
        after operation: Operation, answered answer: Answer?, from state: [Int]
    ) -> [Int]? {
        switch (operation, answer) {
        case (.enqueue(let element), nil), (.enqueue(let element), .enqueued): state + [element]
        case (.dequeue, nil): Array(state.dropFirst())
        case (.dequeue, .dequeued(let element)):
            state.first == element ? Array(state.dropFirst()) : nil
        default: nil
        }
    }

    /// A look at an empty queue.
    public func isSilent(_ operation: Operation, answered answer: Answer?) -> Bool {
        answer == .dequeued(nil)
    }
}
