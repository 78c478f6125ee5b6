public import StateMachines

/// Why something is no history.
public enum HistoryProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// An answer to what nobody asked.
    case answerWithoutInvocation(OperationID, at: Moment)
    /// A second operation of the same name.
    case invokedTwice(OperationID, at: Moment)
    /// A second answer to the same operation.
    case answeredTwice(OperationID, at: Moment)
    /// An event that comes before the one that was told before it.
    case timeWentBack(OperationID, from: Moment, to: Moment)
    /// An answer before the question.
    case answeredBeforeInvocation(OperationID, invoked: Moment, answered: Moment)
    /// A line of text, counted from 1, that is no event of a history.
    case malformed(line: Int, found: String, expected: String)

    /// What is wrong, in one line.
    public var description: String {
        switch self {
        case .answerWithoutInvocation(let id, let moment):
            "\(id) was answered at \(moment) and never invoked"
        case .invokedTwice(let id, let moment):
            "\(id) was invoked a second time at \(moment)"
        case .answeredTwice(let id, let moment):
            "\(id) was answered a second time at \(moment)"
        case .timeWentBack(let id, let from, let to):
            "an event of \(id) at \(to) was told after one at \(from)"
        case .answeredBeforeInvocation(let id, let invoked, let answered):
            "\(id) was answered at \(answered), before it was invoked at \(invoked)"
        case .malformed(let line, let found, let expected):
            "line \(line): found \(found), expected \(expected)"
        }
    }
}
