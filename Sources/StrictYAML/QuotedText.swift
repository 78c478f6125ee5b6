/// Text of a user's file as an error message may show it: on one line, of bounded length, and
/// without characters that would move the terminal's cursor or reverse its direction.
public struct QuotedText: Sendable, CustomStringConvertible {
    /// How many characters are shown at most.
    public static let limit = 60

    private let text: String

    /// `text` for display.
    public init(_ text: some StringProtocol) { self.text = String(text.prefix(Self.limit + 1)) }

    /// The text between single quotes, escaped, cut with `…` when it is long.
    public var description: String {
        let shown = text.prefix(Self.limit)
        var result = "'"
        for scalar in shown.unicodeScalars {
            if Self.isHarmful(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result + (shown.count < text.count ? "…'" : "'")
    }

    /// Whether a terminal would act on the character rather than show it, or lines would break.
    public static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        // Marks and overrides of writing direction make text read other than it is.
        case .format:
            (0x200E...0x200F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
                || (0x2066...0x2069).contains(scalar.value) || scalar.value == 0x061C
        default: false
        }
    }
}
