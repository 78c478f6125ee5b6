import ArgumentParser
import Foundation
import Testing

@testable import NilometerCLI

/// The commands of the guides and of the examples for CI are ones that the tool understands.
@Suite struct GuideTests {
    private static let root: String = {
        var directory = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { directory.deleteLastPathComponent() }
        return directory.path
    }()

    /// Every command line of `path` that calls nilometer, without the call itself.
    static func commands(in path: String) throws -> [[String]] {
        let text = try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var commands: [[String]] = []
        for (index, line) in lines.enumerated() where call(in: line) != nil {
            var whole = call(in: line) ?? ""
            // A folded scalar of YAML goes on in lines that are indented as far.
            let indent = line.prefix { $0 == " " }.count
            let isFolded = index > 0 && lines[index - 1].hasSuffix(">-")
            if isFolded {
                let rest = lines[(index + 1)...].prefix { next in
                    next.prefix { $0 == " " }.count >= indent
                        && !next.trimmingCharacters(in: .whitespaces).hasPrefix("- ")
                }
                for next in rest { whole += " " + next.trimmingCharacters(in: .whitespaces) }
            }
            commands.append(words(of: whole))
        }
        return commands
    }

    /// What follows `nilometer` where it is called in a line.
    private static func call(in line: String) -> String? {
        let plain = line.trimmingCharacters(in: .whitespaces)
        for start in ["nilometer ", ".build/release/nilometer "] {
            for prefix in ["", "- ", "- run: ", "run: "] where plain.hasPrefix(prefix + start) {
                return String(plain.dropFirst((prefix + start).count))
            }
        }
        return nil
    }

    /// The words of a shell line without expansions: quotes, and comments.
    private static func words(of line: String) -> [String] {
        var words: [String] = []
        for part in line.split(separator: " ") {
            if part.hasPrefix("#") { break }
            words.append(part.trimmingCharacters(in: CharacterSet(charactersIn: "'\"")))
        }
        return words
    }

    @Test(arguments: [
        ("docs/GUARDING.md", 12), ("docs/ci/github-actions.yml", 6), ("docs/ci/gitlab-ci.yml", 2),
    ])
    func `every command parses`(path: String, count: Int) throws {
        let commands = try Self.commands(in: path)
        #expect(commands.count == count)
        for command in commands {
            #expect(throws: Never.self, "\(path): \(command)") {
                _ = try NilometerCommand.parseAsRoot(command)
            }
        }
    }

    @Test func `the example for GitHub compares both builds within a budget`() throws {
        let commands = try Self.commands(in: "docs/ci/github-actions.yml")
        let regress = try #require(commands.first { $0.first == "regress" })
        for word in ["--baseline-binary", "--junit", "junit.xml", "20m", "comment.md"] {
            #expect(regress.contains(word), "\(regress)")
        }
    }

    @Test func `a command that the tool does not know does not parse`() {
        #expect(throws: (any Error).self) {
            _ = try NilometerCommand.parseAsRoot(["regress", "--no-such-option"])
        }
    }
}
