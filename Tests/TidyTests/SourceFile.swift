/// A text file of the repository, by lines, with its code apart from its comments and literals.
struct SourceFile: Sendable {
    /// From the root of the repository, with `/`.
    let path: String
    let text: String
    let lines: [String]
    /// The same lines with comments, literals and names in backticks blanked out; the lines
    /// themselves where the file is in no language that ``CodeMask`` reads.
    let code: [String]

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        lines = Self.lines(of: text)
        code = Language(path: path).map { Self.lines(of: CodeMask($0).blanked(text)) } ?? lines
    }

    private static func lines(of text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    var language: Language? { Language(path: path) }

    /// The names of the directories and of the file.
    var components: [String] { path.split(separator: "/").map(String.init) }

    /// What the file's name ends with, after its last dot; empty where there is none.
    var fileExtension: String {
        guard let name = components.last, let dot = name.lastIndex(of: ".") else { return "" }
        return String(name[name.index(after: dot)...])
    }

    /// `X` for `Sources/X/…` and for `Tests/XTests/…`.
    func target(under directory: String) -> String? {
        let parts = components
        return parts.count > 2 && parts[0] == directory ? parts[1] : nil
    }

    func finding(line: Int, _ message: String) -> Finding {
        Finding(path: path, line: line, message: message)
    }

    /// A finding for each line of `lines` that `isBad` holds for.
    func findings(
        in lines: [String], _ message: String, where isBad: (String) -> Bool
    ) -> [Finding] {
        lines.indices.filter { isBad(lines[$0]) }.map { finding(line: $0 + 1, message) }
    }
}

/// The languages whose comments and literals can be told from code.
enum Language {
    case swift
    case c

    init?(path: String) {
        if path.hasSuffix(".swift") {
            self = .swift
        } else if [".c", ".h", ".cpp", ".hpp"].contains(where: path.hasSuffix) {
            self = .c
        } else {
            return nil
        }
    }
}
