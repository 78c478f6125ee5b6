import StateMachines

/// What clients asked of objects and heard, with the order of all these events.
///
/// An operation comes before another in real time if its answer came before the other was invoked. Only
/// that binds an explanation; what overlaps may have taken effect in any order.
public struct History<Model: SequentialModel>: Sendable {
    /// The operations, in the order in which they were invoked.
    public let operations: [HistoryOperation<Model>]
    /// The key of each.
    let keys: [UInt64]
    /// The place among all events at which each was invoked.
    let calls: [Int]
    /// The place among all events at which each was answered; `unanswered` where it was not.
    let ends: [Int]

    static var unanswered: Int { .max }

    /// A history of operations that happened at these times, in any order. What falls on one moment
    /// overlaps.
    ///
    /// Throws `HistoryProblem` where two operations have one name, or one was answered before it was
    /// invoked. O(n log n).
    public init(_ operations: [HistoryOperation<Model>]) throws(HistoryProblem) {
        var names: Set<OperationID> = []
        for operation in operations {
            guard names.insert(operation.id).inserted else {
                throw .invokedTwice(operation.id, at: operation.invoked)
            }
            if let returned = operation.returned, returned < operation.invoked {
                throw .answeredBeforeInvocation(
                    operation.id, invoked: operation.invoked, answered: returned)
            }
        }
        let sorted = operations.sorted { ($0.invoked, $0.id) < ($1.invoked, $1.id) }
        var events: [(moment: Moment, isEnd: Bool, place: Int)] = []
        for (place, operation) in sorted.enumerated() {
            events.append((operation.invoked, false, place))
            if let returned = operation.returned { events.append((returned, true, place)) }
        }
        events.sort {
            ($0.moment, $0.isEnd ? 1 : 0, $0.place) < ($1.moment, $1.isEnd ? 1 : 0, $1.place)
        }
        var calls = Array(repeating: 0, count: sorted.count)
        var ends = Array(repeating: Self.unanswered, count: sorted.count)
        for (position, event) in events.enumerated() {
            if event.isEnd { ends[event.place] = position } else { calls[event.place] = position }
        }
        self.init(operations: sorted, calls: calls, ends: ends)
    }

    init(operations: [HistoryOperation<Model>], calls: [Int], ends: [Int]) {
        self.operations = operations
        keys = operations.map(\.key)
        self.calls = calls
        self.ends = ends
    }

    /// How many operations there are.
    public var count: Int { operations.count }

    /// How many were not answered.
    public var unansweredCount: Int { operations.count { $0.heard == nil } }

    /// Whether the operation at one place was answered before the one at another was invoked, so that
    /// every explanation has it first.
    public func precedes(_ first: Int, _ second: Int) -> Bool { ends[first] < calls[second] }
}
