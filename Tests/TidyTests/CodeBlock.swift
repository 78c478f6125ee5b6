/// The body of a function, an initialiser, an accessor or a closure, with what introduces it: as
/// much as a reader has to keep in mind at once.
struct CodeBlock: Equatable {
    /// The line of the keyword that introduces it (`func`, `init`, `var`, …), or of its brace.
    let firstLine: Int
    /// The line of the closing brace.
    let lastLine: Int

    var lineCount: Int { lastLine - firstLine + 1 }

    /// The outermost of a file. Bodies of types do not count, and what is in them does.
    static func all(in file: SourceFile) -> [CodeBlock] {
        guard let language = file.language else { return [] }
        var open: [Opening] = []
        var found: [CodeBlock] = []
        var header = Header()
        for (index, line) in file.code.enumerated() {
            for byte in line.utf8 {
                switch byte {
                case UInt8(ascii: "{"):
                    header.endLine(index + 1)
                    open.append(header.opening(language, braceLine: index + 1))
                    header = Header()
                case UInt8(ascii: "}"):
                    if let opened = open.popLast(), opened.holdsStatements,
                        !open.contains(where: \.holdsStatements)
                    {
                        found.append(CodeBlock(firstLine: opened.line, lastLine: index + 1))
                    }
                    header = Header()
                case UInt8(ascii: ";"): header = Header()
                default: header.text.append(byte)
                }
            }
            header.endLine(index + 1)
        }
        return found
    }
}

/// A brace that opens.
private struct Opening {
    let holdsStatements: Bool
    let line: Int
}

/// The code between the last brace or semicolon and a brace that opens.
private struct Header {
    /// Of the line that is being read.
    var text: [UInt8] = []
    private var words: [(word: Substring, line: Int)] = []
    private var ending: Substring = ""

    private static let types: Set<Substring> = [
        "struct", "class", "enum", "protocol", "extension", "actor",
    ]
    private static let statements: Set<Substring> = [
        "func", "init", "deinit", "subscript", "var", "let",
    ]
    private static let specifiers: Set<Substring> = ["const", "noexcept", "override", "final"]

    mutating func endLine(_ line: Int) {
        let ended = String(decoding: text, as: UTF8.self)
        text = []
        guard ended.contains(where: { !$0.isWhitespace }) else { return }
        ending = Substring(ended)
        // `.init` is a use of an initialiser, not a declaration, and stays one word.
        words += ended.split { !$0.isLetter && $0 != "_" && $0 != "." }.map { ($0, line) }
    }

    func opening(_ language: Language, braceLine: Int) -> Opening {
        switch language {
        case .swift:
            // `class func` declares a function: the last keyword decides.
            let keyword = words.last {
                Self.types.contains($0.word) || Self.statements.contains($0.word)
            }
            return Opening(
                holdsStatements: keyword.map { Self.statements.contains($0.word) } ?? true,
                line: keyword?.line ?? braceLine)
        case .c:
            // What takes parameters ends in a parenthesis, perhaps with a specifier behind it.
            var rest = ending.split(separator: " ")
            while let last = rest.last, Self.specifiers.contains(last) { rest.removeLast() }
            return Opening(holdsStatements: rest.last?.hasSuffix(")") ?? false, line: braceLine)
        }
    }
}
