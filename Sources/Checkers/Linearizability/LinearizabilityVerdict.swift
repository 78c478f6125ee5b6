public import StateMachines

/// What became of the check of a history.
public enum LinearizabilityVerdict<Model: SequentialModel>: Sendable {
    /// Somebody alone could have done all this, in this order.
    case linearizable([LinearizationPoint])
    /// Nobody could.
    case violation(LinearizabilityViolation<Model>)
    /// The search came to the end of its budget in the operations on this key, and found no violation
    /// on another.
    case unknown(key: UInt64, steps: Int)

    /// Whether an order was found.
    public var isLinearizable: Bool {
        if case .linearizable = self { true } else { false }
    }

    /// Whether the search gave up.
    public var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }

    /// The violation, where there is one.
    public var violation: LinearizabilityViolation<Model>? {
        if case .violation(let violation) = self { violation } else { nil }
    }
}

/// An operation, by its place in the history, and a moment at which it may have taken effect.
public struct LinearizationPoint: Hashable, Sendable {
    /// The operation's place in the history.
    public let place: Int
    /// Not before it was invoked, and not after it was answered.
    public let moment: Moment
}
