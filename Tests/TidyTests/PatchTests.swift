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
}
