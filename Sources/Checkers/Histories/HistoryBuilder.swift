public import StateMachines

/// Takes down a history as it happens. Events are told in their order; those of one moment stand in the
/// order in which they were told.
///
/// Each event costs O(1).
public struct HistoryBuilder<Model: SequentialModel>: Sendable {
    private struct Entry: Sendable {
        let operation: HistoryOperation<Model>
        let call: Int
        var end: Int
        var isRefused = false
    }

    private var entries: [Entry] = []
    private var places: [OperationID: Int] = [:]
    private var events = 0
    private var last: Moment?

    /// Nothing has happened yet.
    public init() {}

    /// How many operations were invoked.
    public var count: Int { entries.count }

    /// How many operations wait for an answer.
    public private(set) var outstanding = 0

    /// A client asks. It need not wait for an answer before it asks again.
    public mutating func invoke(
        _ id: OperationID, key: UInt64, _ operation: Model.Operation, at now: Moment
    ) throws(HistoryProblem) {
        guard places[id] == nil else { throw .invokedTwice(id, at: now) }
        let position = try position(of: id, at: now)
        places[id] = entries.count
        entries.append(
            Entry(
                operation: HistoryOperation(id, key: key, operation, invoked: now),
                call: position, end: History<Model>.unanswered))
        outstanding += 1
    }

    /// A client hears the answer to what it asked; also to what it no longer waits for.
    public mutating func answer(
        _ id: OperationID, _ answer: Model.Answer, at now: Moment
    ) throws(HistoryProblem) {
        let place = try place(ofOutstanding: id, at: now)
        let position = try position(of: id, at: now)
        let asked = entries[place].operation
        entries[place] = Entry(
            operation: HistoryOperation(
                id, key: asked.key, asked.operation, invoked: asked.invoked, answered: answer,
                at: now),
            call: entries[place].call, end: position)
        outstanding -= 1
    }

    /// A client hears that what it asked had no effect and will have none. The history is without it.
    ///
    /// That is more than no answer: a time-out is none.
    public mutating func refuse(_ id: OperationID, at now: Moment) throws(HistoryProblem) {
        let place = try place(ofOutstanding: id, at: now)
        entries[place].end = try position(of: id, at: now)
        entries[place].isRefused = true
        outstanding -= 1
    }

    /// What has happened so far. What was not answered stands as that. O(n).
    public func history() -> History<Model> {
        let kept = entries.filter { !$0.isRefused }
        return History(
            operations: kept.map(\.operation), calls: kept.map(\.call), ends: kept.map(\.end))
    }

    private func place(
        ofOutstanding id: OperationID, at now: Moment
    ) throws(HistoryProblem) -> Int {
        guard let place = places[id] else { throw .answerWithoutInvocation(id, at: now) }
        guard entries[place].end == History<Model>.unanswered else {
            throw .answeredTwice(id, at: now)
        }
        return place
    }

    private mutating func position(
        of id: OperationID, at now: Moment
    ) throws(HistoryProblem) -> Int {
        if let last, now < last { throw .timeWentBack(id, from: last, to: now) }
        last = now
        defer { events += 1 }
        return events
    }
}
