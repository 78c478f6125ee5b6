/// What the kernel's text files need of strings, without Foundation.
extension StringProtocol {
    /// Without spaces, tabs and line ends at both ends.
    var trimmed: String {
        let blank: (Character) -> Bool = { $0.isWhitespace }
        let start = drop(while: blank)
        guard let last = start.lastIndex(where: { !blank($0) }) else { return "" }
        return String(start[start.startIndex...last])
    }

    /// The lines, without their ends and without empty ones.
    var lines: [SubSequence] { split(whereSeparator: \.isNewline) }

    /// The words between blanks.
    var words: [SubSequence] { split(whereSeparator: \.isWhitespace) }

    /// What stands before and after the first `separator`, or `nil` when there is none.
    func parted(by separator: Character) -> (before: String, after: String)? {
        guard let position = firstIndex(of: separator) else { return nil }
        return (String(self[startIndex..<position]), String(self[index(after: position)...]))
    }
}

/// The last part of a path: `vda` of `/dev/vda`.
func lastPathComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}

/// Whether `path` is `ancestor` or lies below it. Both are absolute and normal.
func isPath(_ path: String, within ancestor: String) -> Bool {
    ancestor == "/" || path == ancestor || path.hasPrefix(ancestor + "/")
}
