/// Relative links of Markdown lead somewhere, to a heading too where they name one.
enum LinkRule {
    /// - Parameter contents: the text of the file at a path of the repository; nil where there is
    ///   none, and empty for a directory.
    static func findings(
        in file: SourceFile, contents: (String) -> String?
    ) -> [Finding] {
        guard file.fileExtension == "md" else { return [] }
        return prose(of: file).flatMap { line, text in
            targets(in: text).compactMap { target in
                complaint(about: target, in: file, contents: contents)
                    .map { file.finding(line: line, $0) }
            }
        }
    }

    /// The lines outside fenced code, numbered from 1, without what stands in backticks.
    private static func prose(of file: SourceFile) -> [(line: Int, text: String)] {
        var isFenced = false
        var lines: [(Int, String)] = []
        for (index, line) in file.lines.enumerated() {
            if line.trimmed.hasPrefix("```") {
                isFenced.toggle()
            } else if !isFenced {
                let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
                let kept = pieces.enumerated().filter { $0.offset.isMultiple(of: 2) }
                lines.append((index + 1, kept.map { String($0.element) }.joined(separator: "`")))
            }
        }
        return lines
    }

    /// What stands in `](…)`.
    static func targets(in line: String) -> [String] {
        line.ranges(of: "](").map {
            String(line[$0.upperBound...].prefix { $0 != ")" && $0 != " " })
        }
    }

    private static func complaint(
        about target: String, in file: SourceFile, contents: (String) -> String?
    ) -> String? {
        guard !target.contains("://"), !target.hasPrefix("mailto:") else { return nil }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].isEmpty ? file.path : resolve(String(parts[0]), from: file.path)
        guard let text = parts[0].isEmpty ? file.text : contents(path) else {
            return "\(target) leads nowhere: there is no \(path)"
        }
        guard parts.count == 2, path.hasSuffix(".md") else { return nil }
        let anchors = text.split(separator: "\n").filter { $0.hasPrefix("#") }.map(anchor)
        return anchors.contains(String(parts[1]))
            ? nil : "\(target) leads nowhere: \(path) has no such heading"
    }

    static func resolve(_ target: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") {
            switch part {
            case ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }

    /// `#a-heading--of-two` for `## A heading & of two`.
    static func anchor(of heading: Substring) -> String {
        let text = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
        return String(
            text.compactMap { character in
                switch character {
                case " ": "-"
                case "-", "_": character
                default: character.isLetter || character.isNumber ? character : nil
                }
            })
    }
}
