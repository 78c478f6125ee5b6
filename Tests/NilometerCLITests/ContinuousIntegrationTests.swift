import Foundation
import Testing

/// The commands of the examples for CI, run as they stand there but for less time: `ring.lookup` and
/// `channel.spsc.uncontended` in place of what a real baseline has.
@Suite struct ContinuousIntegrationTests {
    /// What makes a command of an example one of this test.
    private static func shortened(_ command: [String]) -> [String] {
        var words = command
        if let place = words.firstIndex(of: "--baseline-binary") {
            words[place + 1] = Tool.executable
        }
        if let place = words.firstIndex(of: "--budget") { words[place + 1] = "10s" }
        return words
    }

    /// Runs `words` in the test's directory.
    private func run(
        _ words: [String], _ tool: GuardTool, environment: [String: String] = [:]
    ) throws -> Tool.Result {
        let line =
            ["cd", tool.tool.directory].map(Self.quoted).joined(separator: " ") + " && exec "
        let process = Process()
        let files = ["out", "err"].map { "\(tool.tool.directory)/.\($0)" }
        for file in files { try Data().write(to: URL(fileURLWithPath: file)) }
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c", line + ([Tool.executable] + words).map(Self.quoted).joined(separator: " "),
        ]
        // Neither what CI system runs the tests nor what the user's own commands kept matters here.
        let plain = [
            "GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": "", "NO_COLOR": "1",
            "XDG_STATE_HOME": "\(tool.tool.directory)/state",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(plain) { $1 }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: files[0])
        process.standardError = FileHandle(forWritingAtPath: files[1])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return Tool.Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }

    private func text(_ name: String, _ tool: GuardTool) throws -> String {
        try String(contentsOfFile: "\(tool.tool.directory)/\(name)", encoding: .utf8)
    }

    /// A small run in `Results/latest`, of which the example makes the baseline `main`.
    private func makeRun(_ tool: GuardTool) throws {
        let made = try run(
            [
                "run", "ring.lookup", "channel.spsc.uncontended", "--set", "contenders=nilometer",
                "--set", "nodes=10", "--set", "batch=1", "--forks", "1", "--budget", "1s",
            ], tool)
        #expect(made.status == 0, "\(made.errors)")
    }

    @Test func `the example for GitHub runs, and writes what it uploads and shows`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        try makeRun(tool)
        let commands = try GuideTests.commands(in: "docs/ci/github-actions.yml")
        for command in commands.filter({ ["baseline", "history"].contains($0.first) }) {
            let result = try run(command, tool)
            #expect(result.status == 0, "\(command) \(result.errors)")
        }
        #expect(try text("Baselines/main.json", tool).contains("nilometer/baseline/1"))
        let regresses = commands.filter { $0.first == "regress" }.map(Self.shortened)
        try #require(regresses.count == 2)
        let summary = "\(tool.tool.directory)/summary"
        let paired = try run(
            regresses[0], tool,
            environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary])
        // A build against itself; a machine that is busy may say anything but that it cannot.
        #expect([0, 1].contains(paired.status), "\(paired.errors)")
        #expect(try text("junit.xml", tool).contains("<testsuites"))
        #expect(try text("comment.md", tool) == text("summary", tool))
        #expect(paired.output.contains("::error") == (paired.status == 1), "\(paired.output)")
        let counted = try run(regresses[1], tool)
        // Ends with 3 where nothing counts instructions, with 2 where the baseline has none.
        #expect([0, 2, 3].contains(counted.status), "\(counted.errors)")
        let measured = try #require(commands.first { $0.first == "run" })
        let planned = try run(measured + ["--dry-run"], tool)
        #expect(planned.status == 0, "\(planned.errors)")
    }

    @Test func `the example for GitLab runs, and writes what it reports`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        try makeRun(tool)
        #expect(try run(["baseline", "save", "main"], tool).status == 0)
        let commands = try GuideTests.commands(in: "docs/ci/gitlab-ci.yml")
        #expect(commands.map(\.first) == ["doctor", "regress"])
        let doctor = try run(try #require(commands.first), tool)
        #expect(doctor.status == 0, "\(doctor.errors)")
        let regress = try run(Self.shortened(try #require(commands.last)), tool)
        #expect([0, 1].contains(regress.status), "\(regress.errors)")
        #expect(try text("junit.xml", tool).contains("<testsuites"))
        #expect(try text("comment.md", tool).contains("### nilometer: "))
        // A job's log has no annotations of another system.
        #expect(!regress.output.contains("::error"))
    }
}
