/// A setting that was derived, and why it came out so.
public struct Decision<Value> {
    /// The setting.
    public var value: Value
    /// The rule and the facts that led to it, in a sentence.
    public var why: String

    /// A setting for a reason.
    public init(_ value: Value, why: String) {
        self.value = value
        self.why = why
    }
}

extension Decision: Sendable where Value: Sendable {}
extension Decision: Equatable where Value: Equatable {}
extension Decision: Codable where Value: Codable {}
