/// Why a text does not name a pattern of keys, sizes or arrivals.
public struct PatternProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The whole text.
    public let text: String
    /// What in it was found wanting.
    public let found: String
    /// What was expected in its place.
    public let expected: String

    /// A problem with `text`.
    public init(_ text: String, found: String, expected: String) {
        self.text = text
        self.found = found
        self.expected = expected
    }

    /// One line: the text, what was found in it, and what was expected.
    public var description: String { "'\(text)': found \(found), expected \(expected)" }
}

/// A word and what follows it between colons, as in `hot:0.2:0.8`: the form in which patterns are
/// written in YAML and on the command line.
public struct PatternText: Sendable {
    /// The whole text.
    public let text: String
    /// What stands before the first colon.
    public let word: String
    private let fields: [String]

    /// Takes `text` apart; nothing is checked yet.
    public init(_ text: String) {
        self.text = text
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        word = parts[0]
        fields = Array(parts.dropFirst())
    }

    /// How many fields follow the word.
    public var fieldCount: Int { fields.count }

    /// The field at `index`, where there is one.
    public func field(_ index: Int) -> String? { index < fields.count ? fields[index] : nil }

    /// Asks for as many fields as `counts` allows; `form` is what the text should look like.
    public func checkFieldCount(
        _ counts: ClosedRange<Int>, form: String
    ) throws(PatternProblem) {
        guard counts.contains(fields.count) else {
            throw PatternProblem(
                text, found: "\(fields.count) value\(fields.count == 1 ? "" : "s") after '\(word)'",
                expected: form)
        }
    }

    /// The number in the field at `index`, which `name` describes; `isValid` is what `expected` says.
    public func number(
        _ index: Int, _ name: String, _ expected: String, where isValid: (Double) -> Bool
    ) throws(PatternProblem) -> Double {
        let field = fields[index]
        guard let value = Double(field), value.isFinite, isValid(value) else {
            throw PatternProblem(text, found: "'\(field)' for \(name)", expected: expected)
        }
        return value
    }

    /// The whole number in the field at `index`, which `name` describes and which lies in `range`.
    public func integer(
        _ index: Int, _ name: String, in range: ClosedRange<Int>
    ) throws(PatternProblem) -> Int {
        let field = fields[index]
        guard let value = Int(field), range.contains(value) else {
            throw PatternProblem(
                text, found: "'\(field)' for \(name)",
                expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
