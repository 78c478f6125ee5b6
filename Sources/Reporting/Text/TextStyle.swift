public import Runs

/// How the parts of a table look on a terminal. The tables hand each part to the style after it
/// was padded, so a style may wrap it in escape sequences without moving a column.
public struct TextStyle: Sendable {
    /// What a part of a table is.
    public enum Part: Hashable, Sendable {
        /// The name of a group.
        case title
        /// What is said about a group as a whole.
        case note
        /// The names of columns.
        case header
        /// A figure.
        case figure
        /// A mark of doubt and the doubt itself.
        case doubt
        /// A verdict.
        case verdict(Verdict)
        /// Anything else.
        case body
    }

    private let apply: @Sendable (Part, String) -> String

    /// A style that replaces each part's text by what `apply` returns for it.
    public init(_ apply: @escaping @Sendable (Part, String) -> String) { self.apply = apply }

    /// Text as it is.
    public static let plain = TextStyle { _, text in text }

    func callAsFunction(_ part: Part, _ text: String) -> String { apply(part, text) }
}
