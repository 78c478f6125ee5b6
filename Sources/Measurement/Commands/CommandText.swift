/// A command as somebody typed it, split by the shell's rules of quoting or left to the shell.
///
/// Text without shell syntax is split into words and started directly: a shell in between would be
/// measured along. Text with it (a pipe, a redirection, a variable, a pattern) is run by
/// `/bin/sh -c`. Quoting as in POSIX.1-2024, Shell Command Language, 2.2.
public struct CommandText: Hashable, Sendable {
    /// Why a text is not a command. Positions count characters from 1.
    public enum Invalid: Error, Equatable, CustomStringConvertible {
        /// Nothing but blanks.
        case empty
        /// A quotation mark that opens at the position and has no partner.
        case unbalanced(Character, position: Int)
        /// A backslash at the end, with nothing to stand before.
        case trailingBackslash(position: Int)
        /// A character that no argument can hold.
        case zero(position: Int)

        /// What was found and what was expected.
        public var description: String {
            switch self {
            case .empty: "an empty command, expected a program and its arguments"
            case .unbalanced(let quote, let position):
                "the quotation mark \(quote) at character \(position) has no partner"
            case .trailingBackslash(let position):
                "the backslash at character \(position) is the last, expected one after it"
            case .zero(let position):
                "a zero byte at character \(position), which no argument can hold"
            }
        }
    }

    /// The text as typed.
    public let text: String
    /// The program and its arguments, or `nil` where only a shell understands the text.
    public let words: [String]?

    /// Whether the text is run by a shell.
    public var needsShell: Bool { words == nil }

    /// Splits `text`.
    public init(_ text: String) throws(Invalid) {
        var scanner = CommandScanner(text)
        try scanner.scan()
        guard scanner.needsShell || !scanner.words.isEmpty else { throw .empty }
        self.text = text
        words = scanner.needsShell ? nil : scanner.words
    }

    /// The name of the program without its directory; `sh` for what a shell runs.
    public var programName: String {
        guard let words else { return "sh" }
        return words[0].split(separator: "/").last.map(String.init) ?? words[0]
    }
}

/// One pass over a command's text.
private struct CommandScanner {
    private let characters: [Character]
    private var position = 0
    private(set) var words: [String] = []
    private(set) var needsShell = false
    /// Past a comment or a here-document quotation marks mean nothing: the shell is to judge.
    private var isOpaque = false
    private var word: String?
    private var wordIsQuoted = false

    private static let operators: Set<Character> = [
        "|", "&", ";", "<", ">", "(", ")", "\n", "\r\n",
    ]
    private static let expansions: Set<Character> = ["$", "`", "*", "?", "["]
    private static let reserved: Set<String> = ["!", "{", "}"]

    init(_ text: String) { characters = Array(text) }

    mutating func scan() throws(CommandText.Invalid) {
        while position < characters.count {
            let character = characters[position]
            switch character {
            case "\0": throw .zero(position: position + 1)
            case " ", "\t": endWord()
            case "'": try scanSingleQuotes()
            case "\"": try scanDoubleQuotes()
            case "\\": try scanBackslash()
            default: scanPlain(character)
            }
            position += 1
        }
        endWord()
        if let first = words.first, Self.reserved.contains(first) { needsShell = true }
    }

    private mutating func endWord() {
        if let word {
            if words.isEmpty, !wordIsQuoted, isAssignment(word) { needsShell = true }
            words.append(word)
        }
        word = nil
        wordIsQuoted = false
    }

    private func isAssignment(_ word: String) -> Bool {
        guard let equals = word.firstIndex(of: "="), let first = word.first else { return false }
        return equals > word.startIndex && !first.isNumber
            && word[..<equals].allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")
            }
    }

    private mutating func scanPlain(_ character: Character) {
        if Self.operators.contains(character) {
            needsShell = true
            if character == "<", position > 0, characters[position - 1] == "<" { isOpaque = true }
            endWord()
            return
        }
        if Self.expansions.contains(character) || (word == nil && character == "~") {
            needsShell = true
        }
        if word == nil, character == "#" {
            needsShell = true
            isOpaque = true
        }
        word = (word ?? "") + String(character)
    }

    private mutating func scanSingleQuotes() throws(CommandText.Invalid) {
        let start = position
        var content = ""
        position += 1
        while position < characters.count, characters[position] != "'" {
            content.append(characters[position])
            position += 1
        }
        try closeQuotes("'", from: start, content)
    }

    private mutating func scanDoubleQuotes() throws(CommandText.Invalid) {
        let start = position
        var content = ""
        position += 1
        while position < characters.count, characters[position] != "\"" {
            let character = characters[position]
            if character == "$" || character == "`" { needsShell = true }
            if character == "\\", position + 1 < characters.count {
                position += 1
                let next = characters[position]
                if next != "\n" {
                    // Before any other character a backslash stands for itself.
                    if !"$`\"\\".contains(next) { content.append("\\") }
                    content.append(next)
                }
            } else {
                content.append(character)
            }
            position += 1
        }
        try closeQuotes("\"", from: start, content)
    }

    private mutating func closeQuotes(
        _ quote: Character, from start: Int, _ content: String
    ) throws(CommandText.Invalid) {
        guard position < characters.count || isOpaque else {
            throw .unbalanced(quote, position: start + 1)
        }
        word = (word ?? "") + content
        wordIsQuoted = true
    }

    private mutating func scanBackslash() throws(CommandText.Invalid) {
        guard position + 1 < characters.count else {
            if isOpaque { return }
            throw .trailingBackslash(position: position + 1)
        }
        position += 1
        // A backslash before a line break joins the lines.
        guard characters[position] != "\n" else { return }
        word = (word ?? "") + String(characters[position])
        wordIsQuoted = true
    }
}
