import Foundation
import Measurement
import Runs
import Testing

/// `regress`, end to end, on workloads that take no time. What they came to is the machine's doing;
/// that a planted change is found is tested where the samples are made up.
@Suite struct RegressTests {
    private static let short = ["--forks", "8", "--budget", "4s", "--seed", "3"]

    @Test func `a stored baseline is measured again, and what is slower is a regression`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        // A base a thousand times faster than any machine.
        let fast = try tool.run("fast", level: 1)
        let out = Self.short + ["--out", tool.results, "--path", tool.tool.directory]
        let junit = "\(tool.tool.directory)/junit.xml"
        let worse = try tool(["regress", "--baseline", fast, "--junit", junit, "--json"] + out)
        let rows = try tool.rows(worse.output)
        #expect(rows.count == 2)
        // A machine that is too noisy for any verdict gives none.
        let statuses = Set(rows.compactMap { $0["status"] as? String })
        #expect(statuses.isSubset(of: ["regressed", "unstable"]), "\(worse.output)")
        #expect(worse.status == (statuses.contains("regressed") ? 1 : 0), "\(worse.errors)")
        #expect(
            try String(contentsOfFile: junit, encoding: .utf8).contains("<testsuites"))
        let new = try RunReader.read("\(tool.results)/latest")
        #expect(new.manifest.workloads.map(\.workload) == ["calibration.slowdown"])
        #expect(new.manifest.workloads[0].parameters["percent"] == "0")
        #expect(new.manifest.seed == 3)
        #expect(worse.errors.contains("seed 3, everything measured is in"), "\(worse.errors)")
        #expect(
            FileManager.default.fileExists(atPath: "\(tool.results)/latest/results.csv"))
    }

    @Test func `two builds take turns into a folder each`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let result = try tool(
            [
                "regress", "--baseline", run, "--baseline-binary", Tool.executable, "--json",
                "--threshold", "900%", "--counters", "task-clock",
            ] + Self.short + ["--out", tool.results, "--path", tool.tool.directory])
        // The same build: nothing is ten times slower than itself.
        #expect(result.status == 0, "\(result.errors)")
        let document = try tool.object(result.output)
        #expect(document["design"] as? String == "paired")
        #expect(try tool.rows(result.output).count == 2)
        let notes = try #require(document["notes"] as? [String])
        #expect(
            notes.contains(
                "the two processes of a pair handed over after each round: calibration.slowdown"))
        let new = try RunReader.read("\(tool.results)/latest")
        let folders = try FileManager.default.contentsOfDirectory(atPath: tool.results)
        let baseName = try #require(folders.first { $0.hasSuffix("-regress-baseline") })
        let base = try RunReader.read("\(tool.results)/\(baseName)")
        #expect(new.manifest.run.hasSuffix("-regress"))
        let seeds = [base, new].map { $0.manifest.forks.map(\.seed) }
        #expect(seeds[0] == seeds[1] && seeds[0].count >= 8)
        #expect(base.manifest.forks.map(\.fork) == new.manifest.forks.map(\.fork))
    }

    /// A build whose forks do less than they are asked for: `percent=100` is `percent=0` to it.
    private func fasterBuild(_ tool: GuardTool) throws -> String {
        let script = try tool.tool.write(
            "faster",
            """
            #!/bin/sh
            [ "$1" = fork ] || exec '\(Tool.executable)' "$@"
            sed -i -e 's/percent=100/percent=0/g' -e "s/\\"parent\\":[0-9]*/\\"parent\\":$$/" "$2"
            '\(Tool.executable)' fork "$2" "$3" || exit
            sed -i 's/percent=0/percent=100/g' "$3"
            """)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        return script
    }

    @Test func `a build that does twice as much as the other regressed, or nothing is said`() throws
    {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.copy(try tool.run("run"), "planted") {
            $0.replacingOccurrences(of: "percent=0", with: "percent=100")
        }
        let result = try tool(
            [
                "regress", "--baseline", run, "--baseline-binary", try fasterBuild(tool), "--json",
            ] + Self.short + ["--out", tool.results, "--path", tool.tool.directory])
        let rows = try tool.rows(result.output)
        #expect(rows.count == 2, "\(result.output) \(result.errors)")
        let slower = try #require(
            rows.first { ($0["parameters"] as? String)?.contains("contender=b") == true })
        let status = slower["status"] as? String ?? ""
        #expect(["regressed", "unstable"].contains(status), "\(result.output)")
        #expect(try #require(slower["ratio"] as? Double) > 1)
        if status == "regressed" {
            #expect(result.status == 1, "\(result.errors)")
            #expect(result.errors.contains("regressed: calibration.slowdown time"))
        }
    }

    @Test func `baselines, names, binaries and machines that do not fit are refused`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let out = ["--out", "\(tool.tool.directory)/Other"]
        func refused(_ arguments: [String], _ named: String, status: Int32 = 2) throws {
            let result = try tool(["regress"] + arguments + out)
            #expect(result.status == status, "\(arguments) \(result.errors)")
            #expect(result.errors.contains(named), "\(result.errors)")
        }
        try refused(["--baseline", "nowhere"], "nowhere")
        try refused(["--baseline", run, "ring.*"], "ring.*")
        try refused(["--baseline", run, "--baseline-binary", "/nowhere/nilometer"], "nowhere")
        try refused(
            ["--baseline", run, "--baseline-binary", "/bin/true"], "does not say a version")
        try refused(["--baseline", run, "--forks", "10", "--budget", "1s"], "--budget")
        try refused(["--baseline", run, "--forks", "0"], "--forks")
        let strange = try tool.copy(run, "strange") {
            $0.replacingOccurrences(of: "burn=off", with: "burn=maybe")
        }
        try refused(["--baseline", strange], "parameter 'burn' is 'maybe'")
        let unknown = try tool.copy(run, "unknown") {
            $0.replacingOccurrences(
                of: "\"benchmark\" : \"calibration.slowdown\"", with: "\"benchmark\" : \"gone\"")
        }
        try refused(["--baseline", unknown], "there is no benchmark 'gone'")
        let method = try tool.copy(run, "method") {
            $0.replacingOccurrences(
                of: "\"method\" : \(Manifest.currentMethod)", with: "\"method\" : 77")
        }
        try refused(["--baseline", method], "method version")
        #expect(!FileManager.default.fileExists(atPath: "\(tool.tool.directory)/Other"))
    }

    @Test func `instructions that nothing counts are said to be missing`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let result = try tool(
            ["regress", "--baseline", run, "--instructions"] + Self.short
                + ["--out", "\(tool.tool.directory)/Other"])
        // Where there is a counting unit it is the baseline that lacks them.
        #expect([2, 3].contains(result.status), "\(result.errors)")
        #expect(result.errors.contains("--instructions"), "\(result.errors)")
    }
}
