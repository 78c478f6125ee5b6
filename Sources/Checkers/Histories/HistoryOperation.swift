public import StateMachines

/// Names an operation of a history: whose it is, and which of its client's.
public struct OperationID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Who asked.
    public let client: NodeID
    /// Tells the client's operations apart.
    public let number: UInt64

    /// The operation of this client with this number.
    public init(client: NodeID, number: UInt64) {
        self.client = client
        self.number = number
    }

    /// By client, then by number.
    public static func < (left: OperationID, right: OperationID) -> Bool {
        (left.client, left.number) < (right.client, right.number)
    }

    /// The client's number, `#` and the operation's: `n3#7`.
    public var description: String { "\(client)#\(number)" }
}

/// An operation as its client saw it: when it asked, and when it heard what.
public struct HistoryOperation<Model: SequentialModel>: Hashable, Sendable {
    /// The answer to an operation, and when it came.
    public struct Heard: Hashable, Sendable {
        /// What was answered.
        public let answer: Model.Answer
        /// When the client had the answer.
        public let moment: Moment
    }

    /// Which operation it is.
    public let id: OperationID
    /// The object that it was done to.
    public let key: UInt64
    /// What was asked.
    public let operation: Model.Operation
    /// When the client asked.
    public let invoked: Moment
    /// What the client heard. Nil where it heard nothing: the operation may take effect at any time from
    /// then on, or never.
    public let heard: Heard?

    /// An operation that was answered.
    public init(
        _ id: OperationID, key: UInt64, _ operation: Model.Operation, invoked: Moment,
        answered answer: Model.Answer, at moment: Moment
    ) {
        self.init(
            id, key: key, operation, invoked: invoked, heard: Heard(answer: answer, moment: moment))
    }

    /// An operation that was not answered.
    public init(
        _ id: OperationID, key: UInt64, _ operation: Model.Operation, invoked: Moment
    ) {
        self.init(id, key: key, operation, invoked: invoked, heard: nil)
    }

    init(
        _ id: OperationID, key: UInt64, _ operation: Model.Operation, invoked: Moment, heard: Heard?
    ) {
        self.id = id
        self.key = key
        self.operation = operation
        self.invoked = invoked
        self.heard = heard
    }

    /// What was answered; nil where nothing was.
    public var answer: Model.Answer? { heard?.answer }

    /// When the answer came; nil where none did.
    public var returned: Moment? { heard?.moment }
}

extension HistoryOperation: CustomStringConvertible {
    /// Which, what, when and what came of it, in one line.
    public var description: String {
        let end = heard.map { "\($0.moment): \($0.answer)" } ?? "never answered"
        return "\(id) key \(key) \(operation) from \(invoked) to \(end)"
    }
}
