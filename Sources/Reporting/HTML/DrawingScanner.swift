/// Takes the text of a drawing apart into tags and what is between them.
struct DrawingScanner {
    /// A tag with its attributes in their order.
    struct Tag {
        let name: String
        var attributes: [(name: String, value: String)] = []
        var isEnd = false
        var closesItself = false
    }

    /// A part of the text.
    enum Token {
        case tag(Tag)
        case text(String)
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The tokens, without the declaration, comments and document type; `nil` when the text is not
    /// made of whole tags.
    static func tokens(of text: String) -> [Token]? {
        var scanner = DrawingScanner(text)
        var tokens: [Token] = []
        while scanner.position < scanner.bytes.count {
            if scanner.bytes[scanner.position] == UInt8(ascii: "<") {
                guard scanner.readTag(into: &tokens) else { return nil }
            } else {
                tokens.append(.text(scanner.read(upTo: UInt8(ascii: "<"))))
            }
        }
        return tokens
    }

    private mutating func readTag(into tokens: inout [Token]) -> Bool {
        if starts(with: "<!--") { return skip(past: "-->") }
        if starts(with: "<?") { return skip(past: "?>") }
        if starts(with: "<!") { return skip(past: ">") }
        position += 1
        let isEnd = take(UInt8(ascii: "/"))
        let name = readName()
        guard !name.isEmpty else { return false }
        var tag = Tag(name: name, isEnd: isEnd)
        while position < bytes.count {
            skipSpace()
            if take(UInt8(ascii: ">")) {
                tokens.append(.tag(tag))
                return true
            }
            if take(UInt8(ascii: "/")) {
                tag.closesItself = true
                continue
            }
            let key = readName()
            skipSpace()
            guard !key.isEmpty, take(UInt8(ascii: "=")) else { return false }
            skipSpace()
            guard position < bytes.count else { return false }
            let quote = bytes[position]
            guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return false }
            position += 1
            let value = read(upTo: quote)
            guard take(quote) else { return false }
            tag.attributes.append((key, value))
        }
        return false
    }

    private mutating func read(upTo end: UInt8) -> String {
        let start = position
        while position < bytes.count, bytes[position] != end { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func readName() -> String {
        let start = position
        while position < bytes.count, DrawingScanner.isName(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-")
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func skip(past text: String) -> Bool {
        while position < bytes.count {
            if starts(with: text) {
                position += text.utf8.count
                return true
            }
            position += 1
        }
        return false
    }
}
