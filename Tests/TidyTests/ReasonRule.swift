/// What the compiler is told to take on trust has its reason in the comment above it.
///
/// That there is a comment can be checked, and that it is right cannot.
enum ReasonRule {
    private static let promises = ["@unchecked", "nonisolated(unsafe)"]

    static func findings(in file: SourceFile) -> [Finding] {
        guard file.language == .swift else { return [] }
        return file.code.indices.compactMap { index in
            guard let promise = promises.first(where: file.code[index].contains),
                !hasReason(at: index, in: file)
            else { return nil }
            return file.finding(
                line: index + 1, "\(promise) without a comment above it that says why it holds")
        }
    }

    /// The comment may stand right above the statement, behind it, or first in its body. A
    /// statement begins after an empty line, or after one that ends in a brace.
    private static func hasReason(at index: Int, in file: SourceFile) -> Bool {
        var line = index
        if isComment(rest(of: line, in: file)) { return true }
        if file.code[line].trimmed.hasSuffix("{"), line + 1 < file.lines.count,
            isComment(file.lines[line + 1].trimmed)
        {
            return true
        }
        while line > 0 {
            line -= 1
            let code = file.code[line].trimmed
            if code.isEmpty { return isComment(file.lines[line].trimmed) }
            if code.hasSuffix("}") || code.hasSuffix("{") { return false }
        }
        return false
    }

    /// What stands behind the code of a line.
    private static func rest(of line: Int, in file: SourceFile) -> String {
        let kept = file.code[line].reversed().drop { $0.isWhitespace }.count
        return String(file.lines[line].dropFirst(kept)).trimmed
    }

    private static func isComment(_ text: String) -> Bool {
        let words = text.drop { "/* ".contains($0) }
        return text.hasPrefix("//") && words.contains(where: \.isLetter)
            || text.hasSuffix("*/") && words.contains(where: \.isLetter)
    }
}

extension String {
    /// Without white space at either end.
    var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
