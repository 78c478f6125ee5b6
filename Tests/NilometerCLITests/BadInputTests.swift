import Foundation
import Testing

/// Bad input gets one clear line, exit code 2 or 3, and damages nothing.
@Suite struct BadInputTests {
    @Test(arguments: [
        (["run", "ring.lokup"], "ring.lookup"),
        (["run", "--suite", "quik"], "quick"),
        (["run", "ring.build", "--profile", "low-latncy"], "low-latency"),
        (["run", "ring.build", "--set", "nods=5"], "nodes"),
        (["run", "ring.build", "--set", "nodes=-5"], "-5"),
        (["run", "ring.build", "--set", "nodes=many"], "many"),
        (["run", "ring.build", "--set", "nodes"], "key=value"),
        (["run", "ring.build", "--forks", "0"], "--forks"),
        (["run", "ring.build", "--forks", "-3"], "--forks"),
        (["run", "ring.build", "--forks", "100000000"], "--forks"),
        (["run", "ring.build", "--budget", "90 parsecs"], "parsecs"),
        (["run", "ring.build", "--budget", "-1s"], "--budget"),
        (["run", "ring.build", "--cpus", "0,4095"], "4095"),
        (["run", "ring.build", "--cpus", "0,1"], "--cpus"),
        (["run", "channel.spsc.latency", "--cpus", "0"], "--cpus"),
        (["run", "ring.build", "--seed", "x"], "x"),
        (["validate", "--from", "/tmp", "--forks", "3", "--dry-run"], "--forks, --dry-run"),
        (["run", "ring.build", "--counters", "instrctions"], "'instructions'"),
        (["run", "ring.build", "--counters", "page-faults,"], "''"),
        (["run", "ring.build", "--counters", "cycles,PAPI_TOT_CYC"], "twice"),
        (
            ["run", "ring.build", "--counters", "sde:::nilometer::channel.spsc.mesages"],
            "channel.spsc.messages"
        ),
        (["validate", "--from", "/tmp", "--counters", "cycles"], "--counters"),
        (["validate", "--from", "/tmp", "--suite", "full"], "--suite"),
        (["validate", "--suite", "ful"], "'full'"),
        (["run", "ring.build", "--path", "/nonexistent"], "/nonexistent"),
        (["run", "missing-file.yaml"], "missing-file.yaml"),
        (["validate", "ANKH-LOKUP-LATENCY"], "ANKH-LOOKUP-LATENCY"),
        (["validate", "NOPE-*"], "expected one that 'nilometer list claims' names"),
        (["validate", "--claims", "/nonexistent.yaml"], "/nonexistent.yaml"),
        (["validate", "--from", "/nonexistent"], "/nonexistent"),
        (["report", "/nonexistent"], "/nonexistent"),
        (["report", "/tmp", "--format", "pdf"], "pdf"),
        (["detect", "--topology", "pack:nonsense"], "pack:nonsense"),
        (["detect", "--topology", "/nonexistent.xml"], "/nonexistent.xml"),
        (["detect", "--path", "/nonexistent"], "/nonexistent"),
        (["list", "everything"], "everything"),
        (["--no-such-option"], "--no-such-option"),
        (["frobnicate"], "frobnicate"),
    ])
    func `bad usage is named and exits with 2`(arguments: [String], named: String) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(arguments)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains(named), "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(!result.errors.contains("Fatal error"))
    }

    @Test(arguments: [
        ("schema: nilometer/workload/1\nname: [", ":3:1: malformed YAML"),
        ("schema: nilometer/workload/1\nname: a\nsummary: s\nbenchmrk: ring.build\n", "benchmark"),
        ("schema: nilometer/workload/9\n", "nilometer/workload/9"),
        (
            "schema: nilometer/workload/1\nname: a\nsummary: s\nbenchmark: ring.build\n"
                + "forks: 1\ntime: 1 furlong\n", ":6:"
        ),
        (
            "schema: nilometer/workload/1\nname: a\nsummary: s\nbenchmark: ring.build\n"
                + "forks: -1\ntime: 1s\n", ":5:"
        ),
        (
            "schema: nilometer/workload/1\nname: a\nsummary: s\nbenchmark: ring.build\n"
                + "parameters:\n  nodes: 0\nforks: 1\ntime: 1s\n", ":6:"
        ),
        ("", "holds no YAML"),
    ])
    func `a malformed workload is refused with its place`(text: String, named: String) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = try tool.write("mine.yaml", text)
        let result = try tool("run", file, "--out", "\(tool.directory)/Results")
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains("mine.yaml"), "\(result.errors)")
        #expect(result.errors.contains(named), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(tool.directory)/Results"))
    }

    @Test func `a directory that cannot be written is named and exits with 3`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool("run", "engine.configuration", "--out", "/dev/null/results")
        #expect(result.status == 3)
        #expect(result.errors.contains("/dev/null/results"), "\(result.errors)")
    }

    @Test(.enabled(if: geteuid() == 0, "mounting a small file system needs root"))
    func `a full disk is named and what was there stays`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let mount = "\(tool.directory)/small"
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        try #require(shell("mount -t tmpfs -o size=48k tmpfs '\(mount)'") == 0)
        defer { _ = shell("umount '\(mount)'") }
        try "precious".write(toFile: "\(mount)/kept", atomically: true, encoding: .utf8)
        let result = try tool(
            "run", "ring.balance", "--forks", "2", "--set", "nodes=10", "--set",
            "virtual-nodes=10,20,40", "--set", "seeds=200", "--out", "\(mount)/Results")
        #expect(result.status == 3, "\(result.errors)")
        #expect(result.errors.contains(mount), "\(result.errors)")
        #expect(try String(contentsOfFile: "\(mount)/kept", encoding: .utf8) == "precious")
        #expect(!FileManager.default.fileExists(atPath: "\(mount)/Results/latest"))
    }

    @Test func `output that cannot be written is not called a success`() {
        #expect(shell("'\(Tool.executable)' list workloads --json > /dev/full 2> /dev/null") == 3)
    }

    private func shell(_ command: String) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        do { try process.run() } catch { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
