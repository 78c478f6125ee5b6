import Foundation
import Testing

/// The patches that Scripts/prove-guard plants are patches of these sources.
@Suite struct PatchTests {
    private static let patches: [URL] = {
        let directory = Repository.root.appendingPathComponent("Scripts/fixtures")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { $0.hasSuffix(".patch") }.sorted()
            .map { directory.appendingPathComponent($0) }
    }()

    private static let git: URL? = ["/usr/bin/git", "/usr/local/bin/git", "/bin/git"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
        .map { URL(fileURLWithPath: $0) }

    @Test func `every patch that the proof names is there, and no other`() throws {
        let script = Repository.root.appendingPathComponent("Scripts/prove-guard")
        let text = try String(contentsOf: script, encoding: .utf8)
        let named = text.split(whereSeparator: \.isWhitespace).map(String.init)
            .filter { $0.hasPrefix("Scripts/fixtures/") && $0.hasSuffix(".patch") }
        #expect(named.count == 7)
        #expect(
            named.sorted()
                == Self.patches.map { "Scripts/fixtures/\($0.lastPathComponent)" })
    }

    @Test(.enabled(if: git != nil, "git is not installed"), arguments: patches)
    func `a patch of the proof applies to the sources`(patch: URL) throws {
        let git = try #require(Self.git)
        let result = try Command(git, ["apply", "--check", patch.path])
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(.enabled(if: git != nil, "git is not installed"))
    func `a patch of other sources does not`() throws {
        let git = try #require(Self.git)
        let text = try String(contentsOf: try #require(Self.patches.last), encoding: .utf8)
        let path = NSTemporaryDirectory() + "nilometer-patch-\(UUID().uuidString).patch"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.replacingOccurrences(of: "\n ", with: "\n another ")
            .write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try Command(git, ["apply", "--check", path]).status != 0)
    }

    /// The files that Package.swift names beside the sources, from the repository's root.
    private static func resources() throws -> [String] {
        let text = try String(
            contentsOf: Repository.root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let list = try #require(text.firstRange(of: "let plotTemplates = ["))
        let plots = text[list.upperBound...].prefix { $0 != "]" }.split(separator: "\"")
            .filter { $0.allSatisfy(\.isLetter) }
            .map { "Sources/Reporting/Templates/\($0).gp" }
        let fixtures = text.components(separatedBy: "tests(").dropFirst()
            .compactMap { words -> String? in
                guard let copied = words.firstMatch(of: /\.copy\("(\w+)"\)/),
                    let name = words.split(separator: "\"").first(where: {
                        $0.contains(where: \.isLetter)
                    })
                else { return nil }
                return "Tests/\(name)Tests/\(copied.1)"
            }
        return plots + fixtures + [
            "Sources/Reporting/HTML/page.css", "Sources/Reporting/HTML/page.js",
            "Sources/Reporting/Templates/README.md", "Sources/Reporting/Templates/hgrm.gp",
        ]
    }

    private static func copy(to tree: URL) throws -> String {
        let copied = try Command(
            Repository.root.appendingPathComponent("Scripts/copy-sources"), [tree.path])
        try #require(copied.status == 0, "\(copied.output)")
        return copied.output
    }

    private static let isCheckout =
        git != nil
        && FileManager.default.fileExists(
            atPath: Repository.root.appendingPathComponent(".git").path)

    @Test(.enabled(if: isCheckout, "this is no git checkout"))
    func `the proof's copy of the sources has whatever Package.swift names`() throws {
        let tree = FileManager.default.temporaryDirectory
            .appendingPathComponent("nilometer-sources-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: tree) }
        let digest = try Self.copy(to: tree)
        #expect(digest.wholeMatch(of: /[0-9a-f]{16}\n/) != nil)
        let resources = try Self.resources()
        #expect(resources.count > 20 && resources.contains("Tests/HardwareTests/Fixtures"))
        for path in resources + ["Package.swift", "Sources", "Tests"] {
            let copy = tree.appendingPathComponent(path).path
            #expect(FileManager.default.fileExists(atPath: copy), "\(path) was not copied")
        }
        let link = tree.appendingPathComponent("Sources/Reporting/Templates").path
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: link) == "../../plots",
            "a link stays a link")

        // Patched, added and removed: the next copy is of the sources again, and only of them.
        let changed = tree.appendingPathComponent("Sources/nilometer/planted.swift")
        try "".write(to: changed, atomically: true, encoding: .utf8)
        let package = tree.appendingPathComponent("Package.swift")
        let text = try String(contentsOf: package, encoding: .utf8)
        try "\(text)\n".write(to: package, atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: link)
        #expect(try Self.copy(to: tree) == digest)
        #expect(!FileManager.default.fileExists(atPath: changed.path))
        #expect(try String(contentsOf: package, encoding: .utf8) == text)
        #expect(FileManager.default.fileExists(atPath: "\(link)/style.gp"))
    }

    @Test func `the proof tells its usage wherever it is called from, and begins nothing`() throws {
        let result = try Command(
            URL(fileURLWithPath: "/bin/sh"), ["-c", "../Scripts/prove-guard --help"],
            in: Repository.root.appendingPathComponent("docs"))
        #expect(result.status == 0)
        #expect(result.output.contains("Scripts/prove-guard [option...]"))
        #expect(!result.output.contains("prove-guard: "))
    }
}
