/// Something about the machine that was asked: the answer, or why there is none, and who was asked.
///
/// What could not be read stays unknown: there is no default to mistake for a measurement.
public enum Fact<Value> {
    /// The answer, and where it came from, such as `/proc/meminfo MemTotal`.
    case known(Value, source: String)
    /// Why there is no answer, and where one was sought.
    case unknown(reason: String, source: String)

    /// The answer, or `nil` when it is unknown.
    public var value: Value? {
        switch self {
        case .known(let value, _): value
        case .unknown: nil
        }
    }

    /// Why the answer is unknown, or `nil` when it is known.
    public var reason: String? {
        switch self {
        case .known: nil
        case .unknown(let reason, _): reason
        }
    }

    /// Who was asked: `hwloc`, a file of the kernel with the field in it, a system call.
    public var source: String {
        switch self {
        case .known(_, let source), .unknown(_, let source): source
        }
    }

    /// The fact about `transform` of the answer; what is unknown stays so, for the same reason.
    public func map<Other, Failure: Error>(
        _ transform: (Value) throws(Failure) -> Other
    ) throws(Failure) -> Fact<Other> {
        switch self {
        case .known(let value, let source): .known(try transform(value), source: source)
        case .unknown(let reason, let source): .unknown(reason: reason, source: source)
        }
    }

    /// The fact that `transform` makes of the answer; what is unknown stays so.
    public func flatMap<Other>(_ transform: (Value) -> Fact<Other>) -> Fact<Other> {
        switch self {
        case .known(let value, _): transform(value)
        case .unknown(let reason, let source): .unknown(reason: reason, source: source)
        }
    }
}

extension Fact: Sendable where Value: Sendable {}
extension Fact: Equatable where Value: Equatable {}

/// In JSON a fact is `{"source": …, "value": …}` or `{"source": …, "unknown": reason}`.
extension Fact: Codable where Value: Codable {
    private enum Key: String, CodingKey {
        case value, unknown, source
    }

    /// Reads one of the two forms; both at once, or neither, is an error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let source = try container.decode(String.self, forKey: .source)
        switch (container.contains(.value), container.contains(.unknown)) {
        case (true, false):
            self = .known(try container.decode(Value.self, forKey: .value), source: source)
        case (false, true):
            let reason = try container.decode(String.self, forKey: .unknown)
            self = .unknown(reason: reason, source: source)
        case (true, true), (false, false):
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "a fact has either a 'value' or an 'unknown' reason"))
        }
    }

    /// Writes the answer or the reason, and the source.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .known(let value, _): try container.encode(value, forKey: .value)
        case .unknown(let reason, _): try container.encode(reason, forKey: .unknown)
        }
        try container.encode(source, forKey: .source)
    }
}
