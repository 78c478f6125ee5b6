import Foundation
import Testing

/// `report RUN --verify`, on a run that takes no time.
@Suite struct VerifyTests {
    private func measured(_ tool: Tool) throws -> String {
        let results = "\(tool.directory)/Results"
        let run = try tool.run([
            "run", "ring.replicas", "engine.configuration", "--forks", "2", "--seed", "7", "--set",
            "nodes=10", "--out", results, "--path", tool.directory,
        ])
        #expect(run.status == 0, "\(run.errors)")
        return "\(results)/latest"
    }

    /// Replaces what `file` holds by what `change` makes of it.
    private func change(_ file: String, _ change: (Data) -> Data) throws {
        let url = URL(fileURLWithPath: file).resolvingSymlinksInPath()
        try change(try Data(contentsOf: url)).write(to: url)
    }

    @Test func `a run that is as it was written is found so, and made again in memory`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let folder = try measured(tool)
        for file in ["report.html", "junit.xml", "checksums.sha256"] {
            #expect(FileManager.default.fileExists(atPath: "\(folder)/\(file)"), "\(file)")
        }
        let verified = try tool("report", folder, "--verify")
        #expect(verified.status == 0, "\(verified.errors)")
        #expect(verified.output.contains("is as it was written"))
        let html = try tool("report", folder, "--format", "html,md,junit")
        #expect(html.status == 0, "\(html.errors)")
        #expect(try tool("report", folder, "--verify").status == 0)
    }

    @Test func `files that are missing, cut or changed are named`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let folder = try measured(tool)
        try change("\(folder)/results.csv") { $0.dropLast(9) }
        try change("\(folder)/report.md") { $0 + Data("one more line\n".utf8) }
        try FileManager.default.removeItem(atPath: "\(folder)/verdicts.json")
        let verified = try tool("report", folder, "--verify")
        #expect(verified.status == 2)
        for named in [
            "results.csv: truncated", "report.md: altered", "verdicts.json: missing",
        ] {
            #expect(verified.errors.contains(named), "\(verified.errors)")
        }
        #expect(!verified.errors.contains("report.html"))
    }

    @Test func `damaged samples are named with where they stop making sense`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let folder = try measured(tool)
        try change("\(folder)/samples.csv") { $0.dropLast(4) }
        let verified = try tool("report", folder, "--verify")
        #expect(verified.status == 2)
        #expect(verified.errors.contains("samples.csv: truncated"))
        #expect(verified.output.contains("nothing was made again"))
    }

    @Test func `a figure that was changed together with its sum is found by making it again`()
        throws
    {
        let tool = try Tool()
        defer { tool.remove() }
        let folder = try measured(tool)
        try change("\(folder)/results.csv") { data in
            Data(String(decoding: data, as: UTF8.self).replacing(",median,", with: ",mean,").utf8)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c",
            "sum=$(sha256sum < results.csv | cut -c1-64); "
                + "sed -i \"s/^[0-9a-f]*  results.csv$/$sum  results.csv/\" checksums.sha256",
        ]
        process.currentDirectoryURL = URL(fileURLWithPath: folder).resolvingSymlinksInPath()
        try process.run()
        process.waitUntilExit()
        let verified = try tool("report", folder, "--verify")
        #expect(verified.status == 2)
        #expect(verified.errors.contains("results.csv: made again it differs"))
    }

    @Test func `nothing is made of samples that were changed, and nothing in the folder changes`()
        throws
    {
        let tool = try Tool()
        defer { tool.remove() }
        let folder = try measured(tool)
        try change("\(folder)/samples.csv") { data in
            var text = String(decoding: data, as: UTF8.self)
            let last = text.dropLast().lastIndex(of: ",") ?? text.startIndex
            text = String(text[...last]) + "12345.0\n"
            return Data(text.utf8)
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/results.csv"))
        let made = try tool("report", folder, "--format", "csv,json,md,html,junit")
        #expect(made.status == 2)
        #expect(made.errors.contains("samples.csv' is not what was written"), "\(made.errors)")
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: "\(folder)/results.csv")) == before)
        let verified = try tool("report", folder, "--verify")
        #expect(verified.status == 2)
        #expect(verified.errors.contains("samples.csv: altered"))
        #expect(!verified.errors.contains("results.csv"))
    }

    @Test func `a folder without sums, and a format beside the flag, are refused`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        #expect(try tool("report", tool.directory, "--verify").errors.contains("checksums.sha256"))
        #expect(try tool("report", tool.directory, "--verify", "--format", "md").status == 2)
    }
}
