import Foundation
import Measurement
import Runs
import Testing

/// `run --command`, end to end.
@Suite struct CommandTests {
    private static let quick = ["--forks", "2", "--budget", "1s", "--seed", "7"]

    @Test func `two programs are measured against each other`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run(
            ["run", "--command", "sleep 0.01", "--vs", "sh -c 'sleep 0.02; true'"] + Self.quick
                + ["--out", results])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("sleep and sh in 2 processes"), "\(result.errors)")
        #expect(result.output.contains("starting a process costs"))
        #expect(result.output.contains("times as long as sleep"))
        let run = try RunReader.read("\(results)/latest")
        let commands = try #require(run.manifest.workloads.first?.commands)
        #expect(commands.contenders.map(\.text) == ["sleep 0.01", "sh -c 'sleep 0.02; true'"])
        let metrics = Set(run.samples.map(\.key.metric))
        for metric in [
            "wall", "beyond-floor", "relative", "user", "system", "peak-memory", "minor-faults",
            "major-faults", "involuntary-switches",
        ] {
            #expect(metrics.contains(metric), "\(metric)")
        }
        let walls = run.samples.filter {
            $0.key.metric == "wall" && $0.key.parameters["contender"] == "sleep"
        }
        #expect(walls.flatMap { $0.warmup + $0.samples }.allSatisfy { $0 >= 10e6 })
        #expect(walls.contains { !$0.warmup.isEmpty })
        let report = try String(contentsOfFile: "\(results)/latest/report.md", encoding: .utf8)
        #expect(report.contains("sh -c 'sleep 0.02; true'"))
        let again = try tool("report", "\(results)/latest")
        #expect(again.status == 0, "\(again.errors)")
        #expect(
            try String(contentsOfFile: "\(results)/latest/report.md", encoding: .utf8) == report)
    }

    @Test func `JSON carries the comparison and nothing else comes out`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run(
            ["run", "--command", "true", "--vs", "true", "--json"] + Self.quick
                + ["--out", "\(tool.directory)/Results"])
        #expect(result.status == 0, "\(result.errors)")
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let comparison = try #require((object["comparisons"] as? [[String: Any]])?.first)
        #expect(comparison["contender"] as? String == "B")
        #expect(comparison["reference"] as? String == "A")
        #expect((comparison["ratio"] as? Double ?? 0) > 0)
    }

    @Test func `a workload file may hold the commands`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = try tool.write(
            "mine.yaml",
            """
            schema: nilometer/workload/1
            name: mine
            summary: Two ways to do nothing.
            benchmark: command
            command: 'true'
            vs: ':; true'
            forks: 2
            time: 100ms
            """)
        let results = "\(tool.directory)/Results"
        let result = try tool("run", file, "--ignore-failure", "--out", results)
        #expect(result.status == 0, "\(result.errors)")
        let run = try RunReader.read("\(results)/latest")
        #expect(run.manifest.workloads.map(\.workload) == ["mine"])
        #expect(run.manifest.workloads[0].commands?.ignoresFailure == true)
        let names = Set(run.samples.compactMap { $0.key.parameters["contender"] })
        #expect(names == ["true", "sh", "floor", "floor-sh"])
    }

    @Test(arguments: [
        (["--command", ""], "--command: an empty command"),
        (["--command", "a 'b"], "--command: the quotation mark ' at character 3"),
        (["--command", "true", "--vs", "a \\"], "--vs: the backslash at character 3"),
        (["--command", "no-such-program"], "--command: there is no program 'no-such-program'"),
        (
            ["--command", "true", "--vs", "no-such-program x"],
            "--vs: there is no program 'no-such-program' on PATH"
        ),
        (["--command", "/etc/passwd"], "'/etc/passwd' is not a file that can be executed"),
        (["--command", "false"], "ended with status 1 in the check run"),
        (
            ["--command", "sh -c 'echo why >&2; exit 3'"],
            "ended with status 3 in the check run: why"
        ),
        (["--command", "sleep 1000", "--timeout", "100ms"], "was killed after 100 ms"),
        (["--command", "true", "--timeout", "soon"], "--timeout"),
        (["--command", "true", "--timeout", "0s"], "--timeout"),
        (["--command", "true", "ring.build"], "beside the workload 'ring.build'"),
        (["--command", "true", "--suite", "quick"], "beside the suite 'quick'"),
        (["--vs", "true"], "--vs: expected --command"),
        (["--timeout", "5s", "ring.build"], "--timeout: expected --command"),
        (["--instructions", "-i", "ring.build"], "--instructions, --ignore-failure"),
        (["--command", "true", "--forks", "0"], "--forks"),
        (["--command", "true", "--set", "x=1"], "x"),
        (["--command", "true", "--cpus", "4095"], "4095"),
    ])
    func `bad commands are named, exit with 2 and write nothing`(
        arguments: [String], named: String
    ) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run(["run"] + arguments + ["--out", results])
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains(named), "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: results))
    }

    @Test func `a command that fails later keeps the forks before it and exits with 2`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        // A program's parent is the process that measures it: the check, then fork after fork.
        let file = "\(tool.directory)/parents"
        let result = try tool.run([
            "run", "--command", "echo $PPID >> \(file); [ $(sort -u \(file) | wc -l) -le 2 ]",
            "--forks", "3", "--budget", "1s", "--seed", "1", "--out", results,
        ])
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains("ended with status 1 in run 1"), "\(result.errors)")
        let run = try RunReader.read("\(results)/latest")
        // On a noisy machine the first is repeated, which fails like the others.
        let planned = run.manifest.forks.filter { $0.fork < 3 }
        #expect(planned.map { $0.failure == nil } == [true, false, false])
        #expect(!run.samples.isEmpty)
        let table = try String(contentsOfFile: "\(results)/latest/results.csv", encoding: .utf8)
        #expect(table.contains("2 of 3 processes gave nothing"))
    }

    @Test func `a dry run names the commands and starts none`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = "\(tool.directory)/touched"
        let result = try tool(
            "run", "--command", "touch \(file)", "--dry-run", "--out", "\(tool.directory)/R")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("touch: touch \(file)"))
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func `an interrupt ends the program that runs and exits with 130`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = "\(tool.directory)/pids"
        let result = try tool.run([
            "run", "--command", "echo $$ >> \(file); exec sleep 0.3", "--out",
            "\(tool.directory)/Results",
        ]) { pid in
            // Two runs to check, and the first of those that are measured.
            _ = waitFor { lines(file).count >= 3 || hasEnded(pid) }
            kill(pid, SIGINT)
        }
        #expect(result.status == 130, "\(result.errors)")
        for line in lines(file) {
            let pid = try #require(pid_t(line))
            #expect(waitFor { hasEnded(pid) }, "process \(pid) is still there")
        }
    }

    @Test func `what leaves the process group is ended all the same`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = "\(tool.directory)/pids"
        let escape = "setsid sh -c 'echo $$ >> \(file); exec sleep 777' & sleep 0.2"
        let result = try tool.run(
            ["run", "--command", escape, "--out", "\(tool.directory)/Results"] + Self.quick)
        #expect(result.status == 0, "\(result.errors)")
        let late = try tool.run([
            "run", "--command",
            "setsid -w sh -c 'echo $$ >> \(file); exec sleep 777'", "--timeout", "2s",
            "--out", "\(tool.directory)/R",
        ])
        #expect(late.status == 2, "\(late.errors)")
        #expect(late.errors.contains("was killed after 2 s"), "\(late.errors)")
        let pids = lines(file).compactMap { pid_t($0) }
        // One of each run, and one that was killed.
        #expect(pids.count > 2)
        for pid in pids {
            let isGone = waitFor { hasEnded(pid) }
            #expect(isGone, "process \(pid) is still there")
            if !isGone { kill(pid, SIGKILL) }
        }
        let table = try String(
            contentsOfFile: "\(tool.directory)/Results/latest/results.csv", encoding: .utf8)
        #expect(table.contains("left processes running"))
    }

    @Test func `a pipeline that half failed is remarked`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run(
            ["run", "--command", "no-such-program | cat", "--out", results] + Self.quick)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("warning: command: sh wrote to its error output"))
        #expect(result.errors.contains("no-such-program"))
        let run = try RunReader.read("\(results)/latest")
        #expect(run.manifest.workloads[0].commands?.remarks?.count == 1)
    }

    @Test func `counters beside commands are refused`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let result = try tool.run([
            "run", "--command", "true", "--counters", "context-switches", "--out", results,
        ])
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains("expected --instructions"), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: results))
    }

    @Test func `regress looks at a baseline's commands anew and refuses what run refuses`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let script = try tool.write("script", "echo an old remark >&2\n")
        let measured = try tool.run(
            ["run", "--command", "sh '\(script)'", "--out", results] + Self.quick)
        #expect(measured.errors.contains("an old remark"), "\(measured.errors)")
        let base = "\(results)/\(try RunReader.read("\(results)/latest").manifest.run)"
        func regress(_ more: [String] = []) throws -> Tool.Result {
            try tool.run(
                ["regress", "--baseline", base, "--resamples", "300", "--out", results]
                    + Self.quick + more)
        }
        let counted = try regress(["--counters", "context-switches"])
        #expect(counted.status == 2, "\(counted.errors)")
        #expect(counted.errors.contains("expected --instructions"), "\(counted.errors)")
        try ":\n".write(toFile: script, atomically: true, encoding: .utf8)
        let again = try regress()
        #expect([0, 1].contains(again.status), "\(again.errors)")
        let run = try RunReader.read("\(results)/latest").manifest
        #expect(run.run.hasSuffix("-regress"))
        #expect(run.workloads[0].commands?.remarks == nil)
        #expect(!run.forks.contains { $0.notes.contains { $0.contains("an old remark") } })
        try FileManager.default.removeItem(atPath: script)
        let gone = try regress()
        #expect(gone.status == 2, "\(gone.errors)")
        #expect(gone.errors.contains("script"), "\(gone.errors)")
    }

    /// Whether `condition` came true within half a minute.
    private func waitFor(_ condition: () -> Bool) -> Bool {
        let deadline = Date(timeIntervalSinceNow: 30)
        while Date() < deadline {
            if condition() { return true }
            usleep(1000)
        }
        return condition()
    }

    /// Whether the process is gone, or waits for somebody to ask for its status.
    private func hasEnded(_ pid: pid_t) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
            return true
        }
        let state = stat.split(separator: ")").last?.split(separator: " ").first
        return state == "Z" || state == "X"
    }

    private func lines(_ file: String) -> [Substring] {
        ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n")
    }
}
