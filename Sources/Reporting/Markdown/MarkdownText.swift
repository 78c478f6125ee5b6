/// Text and tables in GitHub's Markdown.
enum MarkdownText {
    /// `text` on one line, with everything escaped that would be markup, a column or HTML.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in DisplayText.clean(text) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\\", "`", "*", "_", "[", "]", "|", "~": result += "\\\(character)"
            default: result.append(character)
            }
        }
        return result
    }

    /// A table whose cells are already Markdown, without the columns that no row fills. A heading
    /// that ends in `>` is of a column that is aligned to the right.
    static func table(_ headings: [String], _ rows: [[String]]) -> [String] {
        let kept = headings.indices.filter { index in rows.contains { !$0[index].isEmpty } }
        let line = { (cells: [String]) in
            "| " + kept.map { cells[$0] }.joined(separator: " | ") + " |"
        }
        let rule = headings.map { $0.hasSuffix(">") ? "---:" : "---" }
        let names = headings.map { $0.hasSuffix(">") ? String($0.dropLast()) : $0 }
        return [line(names), line(rule)] + rows.map(line)
    }

    /// Verbatim lines: `text` fenced by more backticks than it holds in a row.
    static func verbatim(_ text: String, language: String) -> [String] {
        var longest = 0
        var current = 0
        for character in text {
            current = character == "`" ? current + 1 : 0
            longest = max(longest, current)
        }
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return [fence + language, text, fence]
    }
}
