/// A history that nobody alone could have done, and why.
public struct LinearizabilityViolation<Model: SequentialModel>: Hashable, Sendable {
    /// The key whose operations have no explanation.
    public let key: UInt64
    /// The places in the history of the longest run of operations on the key that was explained, in an
    /// order that explains them. All that was answered before `blocked` was is among them.
    public let explained: [Int]
    /// The place of the operation that stands in the way: everything that was answered before it has an
    /// explanation, and no explanation has it as well.
    public let blocked: Int
    /// The places of operations that alone, as they were answered, have no explanation. In real time the
    /// order among these is what matters, and without any of them the rest would have one (unless
    /// `isSmallest` is false).
    public let core: [Int]
    /// The places of operations on the key whose effect the core needs to be understood, and of which
    /// it is of no importance when they were answered: writes of what operations of the core saw.
    public let background: [Int]
    /// Whether the budget was enough to say that no operation of the core can be spared.
    public let isSmallest: Bool
    /// The operations of the core, in the order in which they were invoked.
    public let operations: [HistoryOperation<Model>]
}

extension LinearizabilityViolation: CustomStringConvertible {
    private static var mostShown: Int { 8 }

    /// The key and the operations that contradict each other, the first few, in one line.
    public var description: String {
        let shown = operations.prefix(Self.mostShown).map(\.description)
        let rest = operations.count - shown.count
        return "key \(key): no order explains " + shown.joined(separator: "; ")
            + (rest > 0 ? "; with \(rest) more" : "")
    }
}
