import Checkers
import StateMachines

/// Writes a history by hand: clients are numbers, and moments nanoseconds.
struct Scribe<Model: SequentialModel> {
    private(set) var operations: [HistoryOperation<Model>] = []

    init(_ model: Model) {}

    /// A client did something in a span of time, and was answered.
    mutating func did(
        _ client: Int, _ operation: Model.Operation, _ span: ClosedRange<Int64>,
        _ answer: Model.Answer, key: UInt64 = 0
    ) {
        operations.append(
            HistoryOperation(
                nextName(of: client), key: key, operation,
                invoked: Moment(nanoseconds: span.lowerBound), answered: answer,
                at: Moment(nanoseconds: span.upperBound)))
    }

    /// A client asked, and was never answered.
    mutating func asked(
        _ client: Int, _ operation: Model.Operation, _ moment: Int64, key: UInt64 = 0
    ) {
        operations.append(
            HistoryOperation(
                nextName(of: client), key: key, operation, invoked: Moment(nanoseconds: moment)))
    }

    private func nextName(of client: Int) -> OperationID {
        let earlier = operations.count { $0.id.client == NodeID(place: client) }
        return OperationID(client: NodeID(place: client), number: UInt64(earlier + 1))
    }
}

extension Scribe {
    /// What the checker says of what is written here.
    func verdict(_ model: Model) throws -> LinearizabilityVerdict<Model> {
        LinearizabilityChecker(model).check(try History(operations))
    }
}
