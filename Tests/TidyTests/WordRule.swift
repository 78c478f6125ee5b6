/// Words that a finished repository does without.
enum WordRule {
    // Put together here, so that this file does not find itself.
    private static let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
    private static let machinePaths = ["home", "root", "work", "Users", "opt/swift"].map {
        "/\($0)/"
    }
    private static let emptyNames: Set = [
        "Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Common", "Manager", "Misc",
    ]
    private static let declarators: Set<Substring> = [
        "struct", "class", "enum", "protocol", "actor", "typealias",
    ]

    static func unfinished(in file: SourceFile) -> [Finding] {
        marks.flatMap { mark in
            file.findings(in: file.lines, "\(mark): finish it, or open an issue") {
                $0.contains(mark) && words(of: $0).contains(mark)
            }
        }
    }

    /// Paths that exist on the machine of whoever wrote them.
    static func machinePaths(in file: SourceFile) -> [Finding] {
        machinePaths.flatMap { path in
            file.findings(in: file.lines, "\(path)… is a path of one machine") { line in
                line.ranges(of: path).contains { isStartOfPath($0.lowerBound, in: line) }
            }
        }
    }

    /// `print` is for the command line alone: what the rest has to say, it returns or throws.
    static func printing(in file: SourceFile) -> [Finding] {
        guard let target = file.target(under: "Sources"), target != "NilometerCLI" else {
            return []
        }
        return ["print", "debugPrint", "dump"].flatMap { name in
            file.findings(in: file.code, "\(name)( outside NilometerCLI") { line in
                line.ranges(of: "\(name)(").contains { !isPartOfName($0.lowerBound, in: line) }
            }
        }
    }

    static func unsafeFlags(in file: SourceFile) -> [Finding] {
        guard file.path == "Package.swift" else { return [] }
        let flag = "unsafe" + "Flags"
        return file.findings(in: file.code, "\(flag) bar others from depending on the package") {
            $0.contains(flag)
        }
    }

    /// Names that say nothing about what is in the file or the type.
    static func emptyNames(in file: SourceFile) -> [Finding] {
        let inPath = file.components
            .map { String($0.prefix { $0 != "." }) }
            .compactMap(emptyWord)
            .map { Finding(path: file.path, line: 0, message: "\($0) in a name says nothing") }
        let inTypes = declaredTypes(in: file).compactMap { type, line in
            emptyWord(of: type).map {
                file.finding(line: line, "\($0) in the name of \(type) says nothing")
            }
        }
        return inPath + inTypes
    }

    /// `Storage.Storage` would hide the module from whoever wants to name it.
    static func moduleNames(in file: SourceFile) -> [Finding] {
        guard let target = file.target(under: "Sources") else { return [] }
        return declaredTypes(in: file).filter { $0.name == target }.map {
            file.finding(line: $0.line, "a type with the name of its module, \(target)")
        }
    }

    private static func words(of line: String) -> [String] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
    }

    /// `Manager` for `RingManager`; nothing for `CommonArc`, where the last word says something.
    private static func emptyWord(of name: String) -> String? {
        var words: [String] = []
        for character in name {
            if character.isUppercase || words.isEmpty || !character.isLetter { words.append("") }
            words[words.count - 1].append(character)
        }
        return words.last.flatMap { emptyNames.contains($0) ? $0 : nil }
    }

    private static func declaredTypes(in file: SourceFile) -> [(name: String, line: Int)] {
        guard file.language == .swift else { return [] }
        return file.code.enumerated().flatMap { index, line in
            let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." }
            return zip(words, words.dropFirst())
                .filter { declarators.contains($0.0) && $0.1.first?.isUppercase == true }
                .map { (String($0.1), index + 1) }
        }
    }

    private static func isPartOfName(_ start: String.Index, in line: String) -> Bool {
        guard start > line.startIndex else { return false }
        let before = line[line.index(before: start)]
        return before.isLetter || before.isNumber || before == "_" || before == "."
            || line[..<start].hasSuffix("func ")
    }

    private static func isStartOfPath(_ start: String.Index, in line: String) -> Bool {
        guard start > line.startIndex else { return true }
        let before = line[line.index(before: start)]
        return !before.isLetter && !before.isNumber && !"_-.)}]~$*".contains(before)
    }
}
