import Foundation
import Runs
import Testing

/// References: made by the tool, and the one that the repository keeps.
@Suite struct ReferenceTests {
    /// The repository's reference, where it has one.
    private static let kept = root + "/Results/reference"
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func `verdicts and tables are made again of a reference, and what cannot be is said`()
        throws
    {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let run = try tool.run([
            "run", "ring.replicas", "--forks", "2", "--seed", "7", "--set", "nodes=10", "--out",
            results, "--path", tool.directory,
        ])
        #expect(run.status == 0, "\(run.errors)")
        let folder = "\(results)/latest"
        let reference = "\(tool.directory)/reference"
        let made = try tool("report", folder, "--reference", reference)
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.output.contains("raw files left out"), "\(made.output)")
        let verified = try tool("report", reference, "--verify")
        #expect(verified.status == 0, "\(verified.errors)")
        #expect(verified.output.contains("samples.csv were left out on purpose"))
        #expect(verified.output.contains("is as it was written"))
        let before = try Checksums(reading: reference)
        let again = try tool("report", reference, "--format", "csv,junit")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try Checksums(of: reference) == before)
        #expect(!(try text("\(reference)/manifest.json")).contains(tool.directory))
        let pages = try ["run", "reference"].map { name in
            let page = "\(tool.directory)/\(name).md"
            let judged = try tool(
                "validate", "--from", name == "run" ? folder : reference, "--markdown", page)
            #expect(judged.status == 0, "\(judged.errors)")
            return try text(page).split(separator: "\n").filter { $0.hasPrefix("|") }
        }
        #expect(pages[0] == pages[1] && !pages[0].isEmpty)
        for arguments in [
            ["report", reference, "--format", "html,csv"], ["compare", reference, folder],
            ["baseline", "save", "b", reference, "--dir", tool.directory],
        ] {
            let refused = try tool.run(arguments)
            #expect(refused.status == 2, "\(arguments)")
            #expect(refused.errors.contains("left out on purpose"), "\(refused.errors)")
        }
    }

    @Test func `a reference is not written over anything else, nor beside other wishes`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let other = try tool.run("other")
        let before = try Checksums(of: other)
        let over = try tool(["report", run, "--reference", other])
        #expect(over.status == 3, "\(over.errors)")
        #expect(over.errors.contains("is not a reference"), "\(over.errors)")
        #expect(try Checksums(of: other) == before)
        for flag in [["--verify"], ["--format", "csv"]] {
            let result = try tool(["report", run, "--reference", "x"] + flag)
            #expect(result.status == 2)
            #expect(result.errors.contains("--reference"), "\(result.errors)")
        }
    }

    @Test func `names that are to be hidden are in no file of the reference`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let path = "\(run)/manifest.json"
        try text(path).replacing("\"notes\" : [", with: "\"notes\" : [ \"by jane on far.box\"")
            .write(toFile: path, atomically: true, encoding: .utf8)
        var sums = try Checksums(reading: run)
        try sums.update("manifest.json", in: run)
        try sums.write(to: run)
        let reference = "\(tool.results)/reference"
        let made = try tool([
            "report", run, "--reference", reference, "--hide", "far", "--hide", "jane",
        ])
        #expect(made.status == 0, "\(made.errors)")
        #expect(try text("\(reference)/manifest.json").contains("by NAME on NAME\""))
        let alone = try tool(["report", run, "--hide", "far"])
        #expect(alone.status == 2)
        #expect(alone.errors.contains("--hide"), "\(alone.errors)")
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: kept),
            "the repository has no Results/reference"))
    func `the repository's reference is whole, small, and what its pages say`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let verified = try tool("report", Self.kept, "--verify")
        #expect(verified.status == 0, "\(verified.errors)")
        let size = try FileManager.default.subpathsOfDirectory(atPath: Self.kept)
            .reduce(0) { total, path in
                total + (FileManager.default.contents(atPath: "\(Self.kept)/\(path)")?.count ?? 0)
            }
        #expect(size <= ReferenceWriter.greatestSize)
        let claims = "\(Self.root)/docs/CLAIMS.md"
        guard FileManager.default.fileExists(atPath: claims) else { return }
        let page = "\(tool.directory)/CLAIMS.md"
        let judged = try tool("validate", "--from", Self.kept, "--markdown", page)
        #expect(judged.status == 0, "\(judged.errors)")
        #expect(
            try text(page) == text(claims),
            "nilometer validate --from Results/reference --markdown docs/CLAIMS.md makes it again")
    }
}
