/// What the system lets a process use of something.
public enum Limit<Value> {
    /// As much as there is.
    case unlimited
    /// No more than this.
    case atMost(Value)

    /// The limit, or `nil` when there is none.
    public var value: Value? {
        switch self {
        case .unlimited: nil
        case .atMost(let value): value
        }
    }
}

extension Limit: Sendable where Value: Sendable {}
extension Limit: Equatable where Value: Equatable {}

/// In JSON a limit is its value, or `"unlimited"`.
extension Limit: Codable where Value: Codable {
    /// Reads a value or the word `unlimited`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let word = try? container.decode(String.self), word == "unlimited" {
            self = .unlimited
        } else {
            self = .atMost(try container.decode(Value.self))
        }
    }

    /// Writes the value or the word `unlimited`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .unlimited: try container.encode("unlimited")
        case .atMost(let value): try container.encode(value)
        }
    }
}
