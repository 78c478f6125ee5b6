/// The resolved parameters of a figure: `key=value` pairs in the order of their keys.
///
/// The text form, `capacity=1024;contender=nilometer`, is what result files carry, so keys and
/// values may not contain `;`, `=`, or line breaks.
public struct ParameterSet: Hashable, Sendable, CustomStringConvertible {
    /// One parameter.
    public struct Pair: Hashable, Sendable {
        /// Dotted lower-case name.
        public let key: String
        /// Value as written in the workload.
        public let value: String
    }

    /// Why a text or a pair is not a parameter set.
    public enum Invalid: Error, Equatable, CustomStringConvertible {
        /// A key or value holds a character that the text form needs for itself, or is empty.
        case badText(String)
        /// A part of the text has no `=`.
        case notAPair(String)
        /// A key appears twice.
        case duplicate(String)

        /// What was found and what was expected.
        public var description: String {
            switch self {
            case .badText(let text):
                "'\(text)' cannot be a parameter's key or value: "
                    + "it is empty or holds ';', '=' or a line break"
            case .notAPair(let text): "'\(text)' is not of the form key=value"
            case .duplicate(let key): "parameter '\(key)' is given twice"
            }
        }
    }

    /// The pairs, sorted by key.
    public private(set) var pairs: [Pair]

    /// No parameters.
    public init() { pairs = [] }

    /// The parameters of `values`; throws when a key or value cannot be written.
    public init(_ values: [(String, String)]) throws(Invalid) {
        pairs = []
        for (key, value) in values {
            guard self[key] == nil else { throw .duplicate(key) }
            try set(key, to: value)
        }
    }

    /// Parses the text form; the empty text is the empty set.
    public init(parsing text: String) throws(Invalid) {
        pairs = []
        if text.isEmpty { return }
        for part in text.split(separator: ";", omittingEmptySubsequences: false) {
            guard let equals = part.firstIndex(of: "=") else { throw .notAPair(String(part)) }
            let key = String(part[..<equals])
            guard self[key] == nil else { throw .duplicate(key) }
            try set(key, to: String(part[part.index(after: equals)...]))
        }
    }

    /// The value of `key`, if there is one.
    public subscript(key: String) -> String? { pairs.first { $0.key == key }?.value }

    /// Sets `key` to `value`, keeping the order.
    public mutating func set(_ key: String, to value: String) throws(Invalid) {
        for text in [key, value]
        where text.isEmpty || text.contains(where: { $0 == ";" || $0 == "=" || $0.isNewline }) {
            throw .badText(text)
        }
        let position = pairs.firstIndex { $0.key >= key } ?? pairs.endIndex
        if position < pairs.endIndex, pairs[position].key == key {
            pairs[position] = Pair(key: key, value: value)
        } else {
            pairs.insert(Pair(key: key, value: value), at: position)
        }
    }

    /// The same set with `key` set to `value`; for keys and values that the program itself writes.
    public func with(_ key: String, _ value: String) -> ParameterSet {
        var copy = self
        do {
            try copy.set(key, to: value)
        } catch {
            preconditionFailure("\(error)")
        }
        return copy
    }

    /// The same set without `key`.
    public func without(_ key: String) -> ParameterSet {
        var copy = self
        copy.pairs.removeAll { $0.key == key }
        return copy
    }

    /// Whether every pair of `other` is in this set.
    public func contains(_ other: ParameterSet) -> Bool {
        other.pairs.allSatisfy { self[$0.key] == $0.value }
    }

    /// The text form.
    public var description: String {
        pairs.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
    }
}

extension ParameterSet: Codable {
    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(parsing: container.decode(String.self))
        } catch let invalid as Invalid {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: invalid.description)
        }
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension ParameterSet: Comparable {
    /// Orders by keys and values, numbers by size: `nodes=10` comes before `nodes=100`.
    public static func < (left: ParameterSet, right: ParameterSet) -> Bool {
        for (a, b) in zip(left.pairs, right.pairs) where a != b {
            if a.key != b.key { return a.key < b.key }
            if let x = Double(a.value), let y = Double(b.value), x != y { return x < y }
            return a.value < b.value
        }
        return left.pairs.count < right.pairs.count
    }
}
