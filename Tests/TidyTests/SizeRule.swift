/// A file holds one idea, and a function fits on a screen.
enum SizeRule {
    static let blockLimit = 60
    static let sourceLimit = 400
    static let testLimit = 500

    static func fileFindings(in file: SourceFile) -> [Finding] {
        let limit: Int
        switch file.components.first {
        case "Sources", "Scripts": limit = sourceLimit
        case "Tests": limit = testLimit
        default: return []
        }
        guard file.language != nil || file.components.first == "Scripts" else { return [] }
        let count = file.lines.count - (file.lines.last == "" ? 1 : 0)
        guard count > limit else { return [] }
        return [
            Finding(path: file.path, line: 0, message: "\(count) lines, \(limit) are the most")
        ]
    }

    static func blockFindings(in file: SourceFile) -> [Finding] {
        CodeBlock.all(in: file).filter { $0.lineCount > blockLimit }.map {
            file.finding(
                line: $0.firstLine,
                "a function or closure of \($0.lineCount) lines, \(blockLimit) are the most")
        }
    }
}
