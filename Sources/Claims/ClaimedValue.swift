/// A claim's figure as its document has it: `80`, `50M`, `1..2`, or a word such as `even`.
public struct ClaimedValue: Hashable, Sendable, CustomStringConvertible {
    /// The text.
    public let description: String
    /// The number, or the range, that the text is; `nil` for words.
    public let range: ClosedRange<Double>?

    /// What follows a number to multiply it.
    static let magnitudes: [Character: Double] = [
        "K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12,
    ]

    /// Reads `text`; whatever is no number and no range is a word.
    public init(_ text: String) {
        description = text
        let ends = text.split(separator: "..", omittingEmptySubsequences: false)
        let numbers = ends.compactMap(ClaimedValue.number)
        switch (ends.count, numbers.count) {
        case (1, 1): range = numbers[0]...numbers[0]
        case (2, 2): range = numbers[0] <= numbers[1] ? numbers[0]...numbers[1] : nil
        default: range = nil
        }
    }

    private static func number(_ text: Substring) -> Double? {
        let factor = text.last.flatMap { magnitudes[$0] }
        let digits = factor == nil ? text : text.dropLast()
        // `inf`, `nan` and hexadecimals are words.
        guard digits.utf8.allSatisfy({ "0123456789.+-eE".utf8.contains($0) }),
            let value = Double(digits).map({ $0 * (factor ?? 1) }), value.isFinite
        else { return nil }
        return value
    }
}
