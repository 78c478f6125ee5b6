import Foundation
import Runs
import Testing

/// `baseline` and `history`, end to end.
@Suite struct BaselineCommandTests {
    @Test func `a baseline is saved, listed, shown, compared and removed`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let base = try tool.run("base")
        let dir = ["--dir", tool.baselines]
        let saved = try tool(["baseline", "save", "main", base] + dir)
        #expect(saved.status == 0, "\(saved.errors)")
        let path = "\(tool.baselines)/main.json"
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let again = try tool(["baseline", "save", "main", base] + dir)
        #expect(again.status == 2)
        #expect(again.errors.contains("--force"), "\(again.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        #expect(try tool(["baseline", "save", "main", base, "--force"] + dir).status == 0)
        let listed = try tool(["baseline", "list"] + dir)
        #expect(listed.output.hasPrefix("main  "), "\(listed.output)")
        #expect(try tool.rows(try tool(["baseline", "list", "--json"] + dir).output).count == 1)
        let shown = try tool(["baseline", "show", "main"] + dir)
        #expect(shown.output.contains("calibration.slowdown time median"), "\(shown.output)")
        let document = try tool.object(
            try tool(["baseline", "show", "main", "--json"] + dir).output)
        #expect(document["schema"] as? String == "nilometer/baseline/1")
        let compared = try tool(["compare", "main", base, "--json"] + dir)
        #expect(compared.status == 0, "\(compared.errors)")
        #expect(
            try tool.rows(compared.output).allSatisfy { $0["status"] as? String == "unchanged" })
        #expect(try tool(["baseline", "remove", "main"] + dir).status == 0)
        let gone = try tool(["baseline", "remove", "main"] + dir)
        #expect(gone.status == 2 && gone.errors.contains("main.json"), "\(gone.errors)")
    }

    @Test func `names, other schemas and missing runs are refused`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let dir = ["--dir", tool.baselines]
        let bad = try tool(["baseline", "save", "a/b", "nowhere"] + dir)
        #expect(bad.status == 2 && bad.errors.contains("a/b"), "\(bad.errors)")
        let missing = try tool(["baseline", "save", "main", "nowhere"] + dir)
        #expect(missing.status == 2 && missing.errors.contains("nowhere"), "\(missing.errors)")
        #expect(!FileManager.default.fileExists(atPath: tool.baselines))
        let file = try tool.tool.write("other.json", "{\"schema\": \"nilometer/baseline/9\"}")
        let other = try tool(["regress", "--baseline", file])
        #expect(other.status == 2)
        #expect(
            other.errors.contains("nilometer/baseline/9")
                && other.errors.contains("nilometer/baseline/1"), "\(other.errors)")
    }

    @Test func `a history is told of runs and baselines, and what is broken is named`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        for number in 10..<26 {
            _ = try tool.run(
                "r\(number)", level: number < 18 ? 100 : 130,
                start: "2026-02-\(number)T00:00:00Z")
        }
        try FileManager.default.copyItem(
            atPath: "\(tool.results)/r12", toPath: "\(tool.results)/zz-copy")
        let broken = "\(tool.results)/r13/samples.csv"
        try FileManager.default.removeItem(atPath: broken)
        for name in [".hidden", ".r99.partial", "kept-apart"] {
            try FileManager.default.createDirectory(
                atPath: "\(tool.results)/\(name)", withIntermediateDirectories: false)
        }
        try "".write(
            toFile: "\(tool.results)/kept-apart/\(ReferenceRun.leftOutFile)", atomically: true,
            encoding: .utf8)
        let dir = ["--dir", tool.baselines, "--results", tool.results]
        let saved = try tool(
            ["baseline", "save", "main", "\(tool.results)/r14", "--dir", tool.baselines])
        #expect(saved.status == 0, "\(saved.errors)")
        let result = try tool(["history", "calibration.slowdown.time"] + dir)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("worse, +30 %"), "\(result.output)")
        // Wherever the line is folded.
        let words = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("r17 → r18"), "\(result.output)")
        #expect(result.output.contains("zz-copy' repeats"), "\(result.output)")
        #expect(result.output.contains("'main' repeats"), "\(result.output)")
        #expect(result.output.contains("r13/samples.csv' is missing"), "\(result.output)")
        #expect(result.output.contains(".r99.partial' is of a run that did not end"))
        for name in [".hidden", "kept-apart"] {
            #expect(!result.output.contains(name), "\(result.output)")
        }
        let document = try tool.object(try tool(["history", "--json"] + dir).output)
        #expect(document["schema"] as? String == "nilometer/history/1")
        #expect((document["runs"] as? [String])?.count == 15)
        let none = try tool(["history", "ring.*"] + dir)
        #expect(none.status == 2 && none.errors.contains("calibration.slowdown.time"))
        let empty = try tool(["history", "--results", "nowhere", "--dir", "nowhere"])
        #expect(empty.status == 2 && empty.errors.contains("nowhere"), "\(empty.errors)")
    }

    @Test func `a picture that has nothing to show is refused, and no file is left`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        _ = try tool.copy(run, "bare", "samples.csv") { String($0.prefix { $0 != "\n" }) + "\n" }
        try FileManager.default.removeItem(atPath: run)
        let picture = "\(tool.results)/picture.svg"
        let result = try tool([
            "history", "--plot", picture, "--results", tool.results, "--dir", tool.baselines,
        ])
        #expect(result.status == 2, "\(result.output)")
        #expect(result.errors.contains("--plot: nothing to draw in"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: picture))
    }
}
