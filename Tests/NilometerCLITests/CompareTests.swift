import Foundation
import Hardware
import Regression
import Runs
import Testing

/// `compare`, end to end, on one tiny run and altered copies of it.
@Suite struct CompareTests {
    @Test func `changes are found, told and written for CI, and the exit code is 0`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let base = try tool.run("base")
        let slow = try tool.run("slow", level: 110)
        let files = ["markdown", "junit", "summary"].map { "\(tool.tool.directory)/\($0)" }
        try "before\n".write(toFile: files[2], atomically: true, encoding: .utf8)
        let result = try tool(
            ["compare", base, slow, "--markdown", files[0], "--junit", files[1]],
            environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": files[2]])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("2 metrics: 2 regressed"), "\(result.output)")
        #expect(result.output.contains("+10 %"))
        #expect(result.output.contains("\n::error title=nilometer%3A calibration.slowdown time"))
        let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        #expect(texts[0].contains("**regressed**"))
        #expect(texts[1].contains("<failure type=\"regressed\""))
        #expect(texts[2] == "before\n" + texts[0])
        let same = try tool(["compare", base, base, "--json"])
        #expect(same.status == 0, "\(same.errors)")
        let document = try tool.object(same.output)
        #expect(document["schema"] as? String == "nilometer/comparison/1")
        #expect(
            try tool.rows(same.output).allSatisfy { $0["status"] as? String == "unchanged" })
        let better = try tool(["compare", slow, base, "--json"])
        #expect(try tool.rows(better.output).allSatisfy { $0["status"] as? String == "improved" })
        let lax = try tool(["compare", base, slow, "--threshold", "15%", "--json"])
        #expect(try tool.rows(lax.output).allSatisfy { $0["status"] as? String == "unchanged" })
    }

    @Test func `unlike runs are refused with both values, and forced ones say so`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let method = try tool.copy(run, "method") {
            $0.replacingOccurrences(
                of: "\"method\" : \(Manifest.currentMethod)", with: "\"method\" : 77")
        }
        let refused = try tool(["compare", run, method])
        #expect(refused.status == 2)
        #expect(
            refused.errors.contains(
                "method version: base has '\(Manifest.currentMethod)', new has '77'"),
            "\(refused.errors)")
        #expect(refused.errors.contains("--force"))
        let forced = try tool(["compare", run, method, "--force"])
        #expect(forced.status == 0, "\(forced.errors)")
        #expect(forced.output.contains("FORCED although the sides differ: method version"))
        let document = try tool.object(
            try tool(["compare", run, method, "--force", "--json"]).output)
        #expect(
            (document["forced"] as? [[String: Any]])?.first?["fact"] as? String
                == "method version")
        let schema = try tool.copy(run, "schema") {
            $0.replacingOccurrences(of: "nilometer/run/1", with: "nilometer/run/9")
        }
        let other = try tool(["compare", run, schema])
        #expect(other.status == 2)
        #expect(
            other.errors.contains("nilometer/run/9") && other.errors.contains("nilometer/run/1"),
            "\(other.errors)")
    }

    @Test(arguments: [
        (["nowhere", "nowhere"], "BASE"), (["/dev/null", "/dev/null"], "BASE"),
        (["../no-such-folder/of-a-run", "y"], "neither the folder of a run"),
    ])
    func `sides that are none are refused`(sides: [String], named: String) throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let result = try tool(["compare"] + sides + ["--dir", tool.baselines])
        #expect(result.status == 2)
        #expect(result.errors.contains(named), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test func `a threshold below what the machine can tell from noise is refused with it`() throws
    {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("noisy", forks: 45, noise: 0.01)
        let dir = ["--dir", tool.baselines]
        #expect(try tool(["baseline", "save", "main", run] + dir).status == 0)
        for arguments in [
            ["compare", run, run], ["compare", "main", run], ["regress", "--baseline", "main"],
        ] {
            let refused = try tool(arguments + ["--threshold", "0.5%"] + dir)
            #expect(refused.status == 2, "\(arguments)")
            #expect(
                refused.errors.contains("below what this host can tell from noise"),
                "\(refused.errors)")
        }
        let accepted = try tool(["compare", "main", run, "--threshold", "20%"] + dir)
        #expect(accepted.status == 0, "\(accepted.errors)")
        #expect(accepted.output.contains("smallest detectable effect: "))
    }

    @Test(
        .enabled(
            if: HostEffectStore.thisMachine != nil, "this machine has no machine-id to know it by"))
    func `what doctor kept of this machine refuses thresholds where the runs know nothing`() throws
    {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let state = "\(tool.tool.directory)/state/nilometer"
        let unknown = try tool(["compare", run, run])
        #expect(unknown.output.contains("is not known"), "\(unknown.output)")
        try FileManager.default.createDirectory(
            atPath: state, withIntermediateDirectories: true)
        let path = "\(state)/detectable-effect.json"
        let fingerprint = String(
            decoding: try JSONEncoder().encode(try Machine.detect().fingerprint), as: UTF8.self)
        let machine = try #require(HostEffectStore.thisMachine)
        func keep(method: Int) throws {
            let text = """
                {"schema": "nilometer/host-effect/2", "method": \(method), "tool": "0.1.0",
                 "date": "2026-03-04T05:06:07Z", "workload": "calibration.slowdown",
                 "fingerprint": \(fingerprint), "machine": "\(machine)",
                 "processingUnits": [0, 3], "effect": {"effect": 0.02, "forks": 10,
                 "confidence": 0.99, "power": 0.95, "observedForks": 40}}
                """
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        try keep(method: Manifest.currentMethod)
        for arguments in [["compare", run, run], ["regress", "--baseline", run]] {
            let refused = try tool(arguments + ["--threshold", "1%"])
            #expect(refused.status == 2, "\(arguments) \(refused.errors)")
            for named in [
                "2 %", "2026-03-04T05:06:07Z", "processing units 0,3", path, "nilometer doctor",
            ] {
                #expect(refused.errors.contains(named), "\(refused.errors)")
            }
            #expect(refused.errors.split(separator: "\n").count == 1)
        }
        let accepted = try tool(["compare", run, run, "--json"])
        #expect(accepted.status == 0, "\(accepted.errors)")
        let notes = try tool.object(accepted.output)["notes"] as? [String] ?? []
        #expect(notes.contains { $0.contains(path) && $0.contains("2 %") }, "\(notes)")
        let foreign = try tool.copy(run, "foreign", "environment.json") {
            $0.replacing(/("kernelMajorVersion" : {\s*"source" : "[^"]*",\s*"value" : )\d+/) {
                "\($0.output.1)3"
            }
        }
        for sides in [[run, foreign], [foreign, run]] {
            let noted = try tool(["compare"] + sides + ["--threshold", "1%", "--force"])
            #expect(noted.status == 0, "\(noted.errors)")
            #expect(noted.output.contains("a machine that differs"), "\(noted.output)")
        }
        try keep(method: 1)
        let ignored = try tool(["compare", run, run, "--threshold", "1%"])
        #expect(ignored.status == 0, "\(ignored.errors)")
        #expect(ignored.output.contains("measured by method 1"), "\(ignored.output)")
    }

    @Test(arguments: ["3", "0%", "-1%", "x%", "nan%", "inf%", ""])
    func `a threshold that is none is refused`(threshold: String) throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let result = try tool(["compare", "a", "b", "--threshold=\(threshold)"])
        #expect(result.status == 2)
        #expect(result.errors.contains("--threshold"), "\(result.errors)")
    }

    @Test(arguments: ["0", "-5", "99", "many", "1000001"])
    func `resamples that make no interval are refused`(resamples: String) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool("compare", "Baselines", "Baselines", "--resamples=\(resamples)")
        #expect(result.status == 2)
        #expect(result.errors.contains("resamples"), "\(result.errors)")
    }

    @Test func `an altered run and an output that cannot be written are named`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let cut = try tool.copy(run, "cut", "samples.csv") { String($0.dropLast(7)) }
        let result = try tool(["compare", run, cut])
        #expect(result.status == 2)
        #expect(result.errors.contains("samples.csv"), "\(result.errors)")
        let unwritable = try tool(["compare", run, run, "--junit", "/dev/null/junit.xml"])
        #expect(unwritable.status == 3)
        #expect(unwritable.errors.contains("/dev/null/junit.xml"), "\(unwritable.errors)")
    }
}
