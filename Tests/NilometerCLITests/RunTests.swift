import Foundation
import Measurement
import Runs
import Testing

/// The verbs, end to end, on workloads that take no time.
@Suite struct RunTests {
    private func contents(_ folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        let resolved = URL(fileURLWithPath: folder).resolvingSymlinksInPath()
        for path in try FileManager.default.subpathsOfDirectory(atPath: resolved.path) {
            let whole = resolved.appendingPathComponent(path)
            guard let data = try? Data(contentsOf: whole) else { continue }
            files[path] = data
        }
        return files
    }

    private static let small = [
        "run", "ring.replicas", "ring.balance", "engine.configuration", "--forks", "2", "--seed",
        "7", "--set", "nodes=10", "--set", "virtual-nodes=10,160", "--set", "seeds=3",
    ]

    @Test func `a run leaves every file, and report makes them again byte for byte`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run(Self.small + ["--out", results, "--path", tool.directory])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("ring.replicas"))
        #expect(result.output.contains("SN-IO-WORKERS"))
        // What this run does not judge is counted, not listed.
        #expect(!result.output.contains("SN-APP-WORKERS-70"))
        #expect(!result.output.contains("PH-SATA"))
        #expect(result.output.contains("are judged without a run: `nilometer validate` shows all"))
        #expect(result.output.contains("the suite itself took"))
        let folder = "\(results)/latest"
        let before = try contents(folder)
        for file in [
            "manifest.json", "environment.json", "results.csv", "results.json", "samples.csv",
            "verdicts.csv", "verdicts.json", "report.md", "report.html", "junit.xml",
            "checksums.sha256",
        ] {
            #expect(before[file]?.isEmpty == false, "\(file) is missing or empty")
        }
        let pictures = before.keys.filter { $0.hasSuffix(".png") || $0.hasSuffix(".svg") }
        #expect(!pictures.isEmpty)
        for derived in before.keys
        where derived.hasPrefix("plots/") || derived.hasPrefix("results")
            || derived.hasPrefix("verdicts") || derived.hasPrefix("report.")
            || derived == "junit.xml"
        {
            try FileManager.default.removeItem(atPath: "\(folder)/\(derived)")
        }
        let again = try tool("report", folder)
        #expect(again.status == 0, "\(again.errors)")
        let after = try contents(folder)
        #expect(after.keys.sorted() == before.keys.sorted())
        for (file, data) in before { #expect(after[file] == data, "\(file) differs") }
    }

    @Test func `validate judges a run that exists, and strict fails on a refuted claim`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        _ = try tool.run(Self.small + ["--out", results, "--path", tool.directory])
        let folder = "\(results)/latest"
        let lax = try tool("validate", "--from", folder, "--json")
        #expect(lax.status == 0, "\(lax.errors)")
        #expect(lax.output.contains("ANKH-VNODE-VARIANCE"))
        #expect(lax.output.contains("PH-SATA"))
        let page = "\(tool.directory)/CLAIMS.md"
        let written = try tool("validate", "--from", folder, "--markdown", page)
        #expect(written.status == 0, "\(written.errors)")
        let text = try String(contentsOfFile: page, encoding: .utf8)
        for claim in ["ANKH-VNODE-VARIANCE", "PH-SATA", "PR-EVEN", "SN-IO-WORKERS"] {
            #expect(text.contains("| \(claim) |"), "\(claim)")
            #expect(written.output.contains(claim), "\(claim)")
        }
        let nowhere = try tool("validate", "--from", folder, "--markdown", "/nonexistent/a.md")
        #expect(nowhere.status == 3, "\(nowhere.errors)")
        let strict = try tool("validate", "ANKH-VNODE-VARIANCE", "--from", folder, "--strict")
        #expect(strict.status == 1, "\(strict.output) \(strict.errors)")
        #expect(strict.errors.contains("ANKH-VNODE-VARIANCE"))
    }

    @Test func `a user's own claims need no code`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = try tool.write(
            "mine.yaml",
            """
            schema: nilometer/claims/1
            document:
              name: mine
              title: My own document
            claims:
              - id: MINE-1
                section: Introduction
                subject: arithmetic
                metric: two and two
                comparator: "="
                value: 5
                unit: "-"
                how: arithmetic
                decide:
                  arithmetic:
                    expression: 2 + 2
                  reading:
                    holds-when: within
                    tolerance: 0%
            """)
        let result = try tool("validate", "--claims", file)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("MINE-1"))
        #expect(!result.output.contains("ANKH"))
    }

    @Test func `a dry run measures nothing and gives the same plan every time`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let plans = try (0..<2).map { _ in
            try tool("run", "--dry-run", "--seed", "3", "--out", results)
        }
        #expect(plans[0].status == 0, "\(plans[0].errors)")
        #expect(plans[0].output == plans[1].output)
        #expect(plans[0].output.contains("ring.lookup"))
        #expect(!FileManager.default.fileExists(atPath: results))
    }

    /// Claims need more workloads than the suite quick has.
    @Test
    func `claims are judged by the suite quick, by another, or where they are named by their own`()
        throws
    {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        func plan(_ arguments: String...) throws -> String {
            let result = try tool.run(
                ["validate", "--dry-run", "--seed", "3", "--out", results] + arguments)
            #expect(result.status == 0, "\(result.errors)")
            return result.output
        }
        let quick = try plan()
        #expect(quick.contains("ring.lookup") && !quick.contains("peer.etcd"))
        let full = try plan("--suite", "full")
        #expect(full.contains("ring.lookup") && full.contains("peer.etcd.put.throughput"))
        let named = try plan("PH-ETCD-10K")
        #expect(named.contains("peer.etcd.put.throughput") && !named.contains("ring.lookup"))
        let absent = try tool(
            "validate", "PH-ETCD-10K", "--suite", "quick", "--out", results, "--json")
        #expect(absent.status == 0 && absent.output.contains("which is not part of this one"))
    }

    @Test func `JSON is one document and nothing else`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        for arguments in [
            ["detect", "--json"], ["list", "workloads", "--json"], ["list", "claims", "--json"],
            ["list", "profiles", "--json"], ["list", "counters", "--json"],
            ["list", "suites", "--json"], ["run", "--dry-run", "--json"],
            ["detect", "--topology", "pack:2 numa:1 core:12 pu:2", "--json"],
        ] {
            let result = try tool.run(arguments)
            #expect(result.status == 0, "\(arguments) \(result.errors)")
            let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
            #expect((object as? [String: Any])?["schema"] is String, "\(arguments)")
        }
    }

    @Test func `an interrupt keeps what was measured and exits with 130`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run([
            "run", "ring.replicas", "--forks", "200", "--set", "nodes=10", "--out", results,
        ]) { pid in
            // As soon as the first fork is on file.
            waitForSamples(in: results)
            kill(pid, SIGINT)
        }
        #expect(result.status == 130, "\(result.errors)")
        let run = try RunReader.read("\(results)/latest")
        #expect(run.manifest.ending == .interrupted)
        #expect(!run.samples.isEmpty)
        #expect(FileManager.default.fileExists(atPath: "\(results)/latest/report.md"))
    }

    @Test func `a killed run leaves a folder that report can use`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run([
            "run", "ring.replicas", "--forks", "200", "--set", "nodes=10", "--out", results,
        ]) { pid in
            waitForSamples(in: results)
            kill(pid, SIGKILL)
        }
        #expect(result.status == -1)
        let partial = try #require(partialFolder(in: results))
        let report = try tool("report", partial, "--format", "csv,md")
        #expect(report.status == 0, "\(report.errors)")
        #expect(FileManager.default.fileExists(atPath: "\(partial)/results.csv"))
    }

    @Test func `pictures that cannot be drawn do not cost the figures`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run(
            Self.small + ["--out", results, "--path", tool.directory],
            environment: ["PATH": "/nonexistent"])
        #expect(result.status == 3)
        #expect(result.errors.contains("gnuplot"), "\(result.errors)")
        #expect(FileManager.default.fileExists(atPath: "\(results)/latest/results.csv"))
    }

    private func partialFolder(in results: String) -> String? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: results)) ?? []
        return names.first { $0.hasSuffix(".partial") }.map { "\(results)/\($0)" }
    }

    /// Returns when a fork's samples are in a folder that is being written.
    private func waitForSamples(in results: String) {
        while true {
            if let folder = partialFolder(in: results),
                let run = try? RunReader.read(folder), !run.samples.isEmpty
            {
                return
            }
            sched_yield()
        }
    }
}
