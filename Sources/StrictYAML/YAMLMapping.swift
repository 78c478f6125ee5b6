import Yams

/// Reads a mapping whose keys are fixed, and reports everything that is wrong with it at once.
///
/// Ask for every key that exists, then call `finish`: keys that nobody asked for are errors that
/// name the nearest one that was.
///
///     var mapping = try YAMLMapping(value, "a suite")
///     let name = mapping.required("name") { value throws(InputProblems) in try value.name() }
///     let forks = mapping.optional("forks") { … }
///     let suite = Suite(name: try mapping.finish(name), forks: forks)
public struct YAMLMapping {
    private let value: YAMLValue
    private let entries: [(key: YAMLValue, value: YAMLValue)]
    private let what: String
    private var asked: [String] = []
    private var collector = ProblemCollector()

    /// A reader of `value`, which is `what` to the user: "a workload".
    public init(_ value: YAMLValue, _ what: String) throws(InputProblems) {
        guard let mapping = value.node.mapping else {
            throw value.unexpected("\(what), which is a mapping")
        }
        self.value = value
        self.what = what
        entries = mapping.map {
            (YAMLValue($0.key, file: value.file), YAMLValue($0.value, file: value.file))
        }
    }

    /// The schema that the document says it follows, which must be one of `known`. Asked first: what
    /// follows another schema has nothing but false errors to give.
    public mutating func schema(oneOf known: [String]) throws(InputProblems) -> String {
        guard let value = self["schema"] else {
            throw InputProblems(
                at: location, found: "\(what) without 'schema'",
                expected: known.map { "'schema: \($0)'" }.joined(separator: " or "))
        }
        let text = try value.scalar("the schema of \(what)")
        guard known.contains(text) else {
            throw value.unexpected(known.map { "'\($0)'" }.joined(separator: " or "))
        }
        return text
    }

    /// Where the mapping starts.
    public var location: SourceLocation { value.location }

    /// The value of `key` as `decode` reads it; `nil` when it is missing or wrong, which `finish`
    /// will throw.
    public mutating func required<Result>(
        _ key: String, _ decode: (YAMLValue) throws(InputProblems) -> Result
    ) -> Result? {
        guard let value = self[key] else {
            collector.add(
                at: location, found: "\(what) without '\(key)'", expected: "'\(key)'")
            return nil
        }
        return collector.collect { () throws(InputProblems) in try decode(value) }
    }

    /// The value of `key` as `decode` reads it; `nil` when the key is not there.
    public mutating func optional<Result>(
        _ key: String, _ decode: (YAMLValue) throws(InputProblems) -> Result
    ) -> Result? {
        guard let value = self[key] else { return nil }
        return collector.collect { () throws(InputProblems) in try decode(value) }
    }

    /// Whether `key` is there, whatever its value.
    public mutating func has(_ key: String) -> Bool { self[key] != nil }

    /// The result of `body`, which concerns several keys; `nil` after keeping what it found wrong
    /// for `finish` to throw.
    public mutating func collect<Result>(
        _ body: () throws(InputProblems) -> Result
    ) -> Result? {
        collector.collect(body)
    }

    private subscript(key: String) -> YAMLValue? {
        mutating get {
            asked.append(key)
            return entries.first { $0.key.node.scalar?.string == key }?.value
        }
    }

    /// Throws every problem of the mapping in the order of the places, or gives the required
    /// values back.
    public consuming func finish<each Value>(
        _ values: repeat (each Value)?
    ) throws(InputProblems) -> (repeat each Value) {
        for (key, _) in entries {
            guard let text = key.node.scalar?.string else {
                collector.add(
                    at: key.location, found: "\(key.found) as a key of \(what)",
                    expected: "a word as key")
                continue
            }
            if asked.contains(text) { continue }
            collector.add(
                at: key.location, found: "unknown key \(QuotedText(text)) in \(what)",
                expected: Spelling.expectation(for: text, among: asked))
        }
        guard collector.problems.isEmpty else {
            let inOrder = collector.problems.enumerated().sorted {
                let (left, right) = ($0.element.location, $1.element.location)
                guard let left, let right, left != right else { return $0.offset < $1.offset }
                return left < right
            }
            throw InputProblems(inOrder.map(\.element))
        }
        return (repeat Self.present(each values))
    }

    private static func present<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("a required value is absent without a problem") }
        return value
    }
}
