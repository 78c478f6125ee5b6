/// What the workers of a pool do: one description, which each worker's thread runs for itself.
///
/// Each worker has a thread, an inbox and a state of its own. The state is made by `start` on the
/// worker's thread, is passed by `inout` there alone, and is destroyed there by `stop`. Nothing
/// hands it out: a state need not be `Sendable`, and where it is not, the compiler rejects every
/// way of sharing it. What is shared by all workers is the conforming value itself, which is
/// `Sendable` and only read.
///
/// ```swift
/// struct Counter: Worker {
///     func start(_ context: borrowing WorkerContext<String, Int>) -> [String: Int] { [:] }
///     func handle(
///         _ word: String, _ counts: inout [String: Int],
///         _ context: borrowing WorkerContext<String, Int>
///     ) -> Int {
///         counts[word, default: 0] += 1
///         return counts[word, default: 0]
///     }
/// }
/// ```
public protocol Worker<Message, Response>: Sendable {
    /// What a worker remembers between messages; never leaves its thread. Copyable, as associated
    /// types are: a class or a box where it must not be copied.
    associatedtype State
    /// What is sent to it.
    associatedtype Message: Sendable
    /// What it answers to a request; `Void` for workers that are only sent messages.
    associatedtype Response: Sendable = Void
    /// What is handed over of a state when keys move to another worker; see `release`.
    associatedtype Portion: Sendable = Never

    /// How often `tick` is called; nil (the default) for never. Read once per worker.
    var tickInterval: Duration? { get }

    /// Makes the state, on the worker's own thread. Messages that the first workers send here are
    /// refused (`SendRefusal.poolNotOpen`): the pool begins when all have started.
    ///
    /// - Throws: whatever it wants; the pool's failure policy decides.
    func start(_ context: borrowing WorkerContext<Message, Response>) throws -> State

    /// Handles a message. The message is borrowed: when this throws, the pool still has it, and
    /// the failure policy decides whether it is tried again.
    func handle(
        _ message: Message, _ state: inout State,
        _ context: borrowing WorkerContext<Message, Response>
    ) throws -> Response

    /// Called between messages when `tickInterval` has passed since the last call; late by the
    /// message in hand, and by an eighth of the interval where messages are many; never twice in a
    /// row to make up for it. Not called by a worker that has drained its inbox in a stop.
    func tick(
        _ state: inout State, _ context: borrowing WorkerContext<Message, Response>
    ) throws

    /// Takes leave of the state: at the end of the worker, and before each restart. The default
    /// destroys it.
    func stop(_ state: consuming State, _ context: borrowing WorkerContext<Message, Response>)

    /// Takes out of the state what belongs to keys that a resize moves to other workers, for the
    /// pool to bring there. The default moves nothing, so that the state of moved keys stays.
    ///
    /// Called after the last message of the old routing was handled here, and before the first of
    /// the new one is handled there. To whom something may move: to all; but where the pool grows
    /// by `Partitioning.consistent` or `.roundRobin`, to those that join. What is released to
    /// anybody else, or to a worker that there is not, is given to `absorb` here at once: it stays.
    /// What is for a worker that has ended is lost with it, and counts among its dead letters.
    func release(_ state: inout State, moving movement: KeyMovement) -> [MovedPortion<Portion>]

    /// Puts a portion that another worker released, or that this one may not move, into the state.
    func absorb(_ portion: Portion, _ state: inout State)
}

extension Worker {
    /// Never.
    public var tickInterval: Duration? { nil }

    /// Does nothing.
    public func tick(
        _ state: inout State, _ context: borrowing WorkerContext<Message, Response>
    ) throws {}

    /// Moves nothing.
    public func release(
        _ state: inout State, moving movement: KeyMovement
    ) -> [MovedPortion<Portion>] { [] }

    /// Never called where nothing is released.
    public func absorb(_ portion: Portion, _ state: inout State) {}
}

extension Worker {
    /// Destroys the state.
    public func stop(
        _ state: consuming State, _ context: borrowing WorkerContext<Message, Response>
    ) {
        _ = consume state
    }
}

/// A part of a worker's state on its way to another worker.
public struct MovedPortion<Portion: Sendable>: Sendable {
    /// Index of the worker that gets it, of those that there are after the resize.
    public let worker: Int
    /// What it gets.
    public let portion: Portion

    /// `portion` for `worker`.
    public init(to worker: Int, _ portion: Portion) {
        self.worker = worker
        self.portion = portion
    }
}

/// What a resize does to keys.
public struct KeyMovement: Sendable {
    let partitioning: Partitioning
    /// Number of workers before.
    public let oldCount: Int
    /// Number of workers after.
    public let newCount: Int

    /// Index of the worker that owns the key afterwards; nil where keys have no owner
    /// (round-robin) or a custom partitioner names a worker that does not exist.
    public func newOwner<Key: PartitionKey>(of key: Key) -> Int? {
        guard partitioning.hasOwners else { return nil }
        var turn = RoundRobinPartitioner()
        let index = partitioning.index(of: key, among: newCount, turn: &turn)
        return index >= 0 && index < newCount ? index : nil
    }

    /// Whether a worker has to wait for the others before it may handle the first message of the new routing.
    func mustWait(_ worker: Int) -> Bool {
        // Growing by the fewest moves, or without owners, only new workers are given anything.
        if newCount > oldCount, partitioning.movesFewest || !partitioning.hasOwners {
            return worker >= oldCount
        }
        return true
    }
}
