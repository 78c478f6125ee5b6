/// A piece of HTML or XML. Elements are closed by construction, and text becomes markup only here,
/// escaped: what comes from outside can be no more than text.
struct Markup {
    /// The piece as it is written.
    let text: String

    /// Text that is markup already: made by this project, or checked.
    static func verified(_ text: String) -> Markup { Markup(text: text) }

    /// Text on one line.
    static func text(_ text: String) -> Markup {
        Markup(text: escaped(DisplayText.clean(text)))
    }

    /// Text that keeps its line breaks.
    static func lines(_ text: String) -> Markup {
        Markup(
            text: text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { escaped(DisplayText.clean(String($0))) }.joined(separator: "\n"))
    }

    /// Pieces one after the other.
    static func all(_ pieces: [Markup]) -> Markup {
        Markup(text: pieces.map(\.text).joined())
    }

    /// An element with its attributes, in their order; one whose value is `nil` is left out.
    static func element(
        _ name: String, _ attributes: [(String, String?)] = [], _ children: [Markup] = []
    ) -> Markup {
        Markup(
            text: start(name, attributes) + ">" + children.map(\.text).joined() + "</\(name)>")
    }

    /// An element that holds text.
    static func element(
        _ name: String, _ attributes: [(String, String?)] = [], text: String
    ) -> Markup {
        element(name, attributes, [.text(text)])
    }

    /// An element of HTML that holds nothing and has no end.
    static func void(_ name: String, _ attributes: [(String, String?)]) -> Markup {
        Markup(text: start(name, attributes) + ">")
    }

    /// An element of XML that holds nothing.
    static func empty(_ name: String, _ attributes: [(String, String?)]) -> Markup {
        Markup(text: start(name, attributes) + "/>")
    }

    /// A line feed, so that no line of a page grows beyond what editors bear.
    static let newline = Markup(text: "\n")

    private static func start(_ name: String, _ attributes: [(String, String?)]) -> String {
        var text = "<" + name
        for (key, value) in attributes {
            guard let value else { continue }
            text += " \(key)=\"\(escaped(DisplayText.clean(value)))\""
        }
        return text
    }

    /// `text` with the five characters replaced that mean something in HTML or XML.
    static func escaped(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            byte != UInt8(ascii: "&") && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
                && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "'")
        }
        guard !isPlain else { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
