/// What one object would do if it were used by one client at a time: the specification that a concurrent
/// history is held against.
///
/// A model is deterministic: a state and an operation give one state and one answer. An answer may tell
/// less than everything ("the comparison failed", not with what), so one answer may fit several states.
public protocol SequentialModel: Sendable {
    /// What a client asks of the object.
    associatedtype Operation: Hashable, Sendable
    /// What a client hears.
    associatedtype Answer: Hashable, Sendable
    /// What the object holds.
    associatedtype State: Hashable, Sendable

    /// What an object holds that nobody has used.
    var initial: State { get }

    /// The state after an operation; nil where it would have been answered otherwise.
    ///
    /// - Parameter answer: nil where nobody heard the answer. Every answer goes then, so there is a state
    ///   after it from every state.
    func state(
        after operation: Operation, answered answer: Answer?, from state: State
    ) -> State?

    /// Whether the operation leaves every state as it is in which it could have been answered so: a
    /// read, a comparison that failed.
    func isSilent(_ operation: Operation, answered answer: Answer?) -> Bool

    /// What the operation does to every state, where that can be said beforehand; nil where it has to be
    /// asked state by state. Where it is known of all operations of a history, the search is faster by far.
    func effect(of operation: Operation, answered answer: Answer?) -> KnownEffect<State>?

    /// Which of the unanswered operations can make a difference to whether the answered ones have an
    /// explanation. True where in doubt: it costs time alone.
    ///
    /// An unanswered operation may be said to make none only where any order that explains the answered
    /// operations with its help could do without it.
    func matter(
        _ unanswered: [Operation], to answered: [(operation: Operation, answer: Answer)]
    ) -> [Bool]
}

/// What an operation does to every state.
public enum KnownEffect<State: Hashable & Sendable>: Hashable, Sendable {
    /// It could have been answered so in this state only, and leaves it.
    case observes(State)
    /// It could have been answered so in any state, and leaves this one.
    case overwrites(State)
    /// It could have been answered so in the first state only, and leaves the second; where nobody heard
    /// an answer, it leaves other states as they are.
    case replaces(State, by: State)
}

extension SequentialModel {
    /// Not known: a queue's state after an operation depends on all of that before.
    public func effect(
        of operation: Operation, answered answer: Answer?
    ) -> KnownEffect<State>? { nil }

    /// All but the silent ones: what nobody heard and what changed nothing explains nothing.
    public func matter(
        _ unanswered: [Operation], to answered: [(operation: Operation, answer: Answer)]
    ) -> [Bool] {
        unanswered.map { !isSilent($0, answered: nil) }
    }
}
