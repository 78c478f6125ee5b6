import Foundation

/// Every directory of sources is built, and tested.
enum TargetRule {
    static func sourceFindings(
        directories: [String], testDirectories: [String], package: String
    ) -> [Finding] {
        directories.flatMap { directory -> [Finding] in
            var messages: [String] = []
            if !declares(directory, in: package) { messages.append("no target of Package.swift") }
            if let layer = Layer.of(directory) {
                let isTested = testDirectories.contains("\(directory)Tests")
                if layer.untested == nil, !isTested {
                    messages.append("no Tests/\(directory)Tests")
                } else if layer.untested != nil, isTested {
                    messages.append("has tests, and its row in Layers.swift says why it has none")
                }
            } else {
                messages.append("no row in Tests/TidyTests/Layers.swift")
            }
            return messages.map { Finding(path: "Sources/\(directory)", line: 0, message: $0) }
        }
    }

    static func testFindings(
        directories: [String], sourceDirectories: [String], package: String
    ) -> [Finding] {
        directories.filter { $0 != "TidyTests" }.flatMap { directory -> [Finding] in
            let target = String(directory.dropLast("Tests".count))
            var messages: [String] = []
            if !directory.hasSuffix("Tests") || !sourceDirectories.contains(target) {
                messages.append("tests nothing that is under Sources")
            }
            if !declaresTests(of: target, in: package) {
                messages.append("no target of Package.swift")
            }
            return messages.map { Finding(path: "Tests/\(directory)", line: 0, message: $0) }
        }
    }

    /// A filter that matches nothing passes: the targets that the Makefile filters tests by, as in
    /// `'^(Channels|ShenRing)Tests\.'` or `'^StorageTests\.(CommitQueue)Tests'`, have to be in the table
    /// of layers, and tested.
    static func filterFindings(in file: SourceFile) -> [Finding] {
        guard file.path == "Makefile" else { return [] }
        return file.lines.enumerated().flatMap { index, line -> [Finding] in
            guard line.contains("--filter") else { return [] }
            let names =
                text(in: line, between: "--filter '^(", and: ")Tests\\.'")
                ?? text(in: line, between: "--filter '^", and: "Tests\\.(")
            guard let names else {
                return [file.finding(line: index + 1, "a filter of another form than is checked")]
            }
            return names.split(separator: "|").map(String.init)
                .filter { Layer.of($0)?.untested != nil || Layer.of($0) == nil }
                .map {
                    file.finding(line: index + 1, "a filter for \($0)Tests, which are not there")
                }
        }
    }

    private static func text(
        in line: String, between opening: String, and closing: String
    ) -> Substring? {
        guard let start = line.range(of: opening)?.upperBound,
            let end = line.range(of: closing)?.lowerBound, start <= end
        else { return nil }
        return line[start..<end]
    }

    /// A script that nothing calls and no page mentions is dead.
    static func scriptFindings(scripts: [SourceFile], others: [SourceFile]) -> [Finding] {
        scripts.filter { script in
            !others.contains { $0.path != script.path && $0.text.contains(script.path) }
        }
        .map { Finding(path: $0.path, line: 0, message: "nothing calls or mentions it") }
    }

    /// Whether Package.swift declares a target of the name, itself or by its own functions.
    private static func declares(_ target: String, in package: String) -> Bool {
        let dense = package.filter { !$0.isWhitespace }
        return ["layer(", "system(", "arget(name:"].contains {
            dense.contains("\($0)\"\(target)\"")
        }
    }

    private static func declaresTests(of target: String, in package: String) -> Bool {
        let dense = package.filter { !$0.isWhitespace }
        return dense.contains("tests(\"\(target)\"")
            || dense.contains("testTarget(name:\"\(target)Tests\"")
    }
}
