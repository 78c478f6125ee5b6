import Foundation
import Glibc
import Quantities
import Testing

@testable import Measurement

@Suite final class ChildProcessTests {
    private let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "nilometer-child-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func run(
        _ script: String, inOwnGroup: Bool = true, limit: Nanoseconds = .seconds(60),
        stop: () -> Bool = { false }
    ) throws -> ChildProcess.Outcome {
        try ChildProcess("/bin/sh", ["-c", script], inOwnGroup: inOwnGroup).run(
            output: "\(directory)/out", errors: "\(directory)/err", limit: limit, shouldStop: stop)
    }

    private func text(_ file: String) throws -> String {
        try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
    }

    @Test func `output, errors and exit status are kept`() throws {
        #expect(try run("echo said; echo failed >&2; exit 7") == .exited(7))
        #expect(try text("out") == "said\n")
        #expect(try text("err") == "failed\n")
    }

    @Test func `a child that a signal ended says which`() throws {
        #expect(try run("kill -9 $$") == .signalled(9))
    }

    @Test func `a child that never ends is killed with what it started`() throws {
        let outcome = try run(
            "sleep 1000 & echo $! > \(directory)/pid; wait", limit: .milliseconds(300))
        #expect(outcome == .timedOut)
        let pid = try #require(
            pid_t(try text("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
        // The signal was sent; a busy machine may take its time to end the grandchild. It is reaped
        // by init: until then it is a zombie and no longer runs.
        func isGone() -> Bool {
            let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            return state == nil || state?.contains(") Z") == true
        }
        for _ in 0..<500 where !isGone() { usleep(20_000) }
        #expect(isGone())
    }

    @Test func `a caller that asks to stop ends the child`() throws {
        #expect(try run("sleep 1000", stop: { true }) == .stopped)
    }

    /// The fifth column of `/proc/self/stat` is the group (`man 5 proc_pid_stat`).
    @Test(arguments: [true, false])
    func `a child has a group of its own or stays in that of its parent`(own: Bool) throws {
        let script = "read -r _ _ _ _ group _ < /proc/$$/stat; echo $group $$"
        #expect(try run(script, inOwnGroup: own) == .exited(0))
        let words = try text("out").split(whereSeparator: \.isWhitespace).map(String.init)
        try #require(words.count == 2)
        #expect(words[0] == (own ? words[1] : String(getpgrp())))
    }

    @Test(arguments: [Nanoseconds.milliseconds(50), .zero])
    func `a child that stays in its parent's group is killed alone`(limit: Nanoseconds) throws {
        // exec: nothing is left behind that only a group kill would reach.
        #expect(try run("exec sleep 1000", inOwnGroup: false, limit: limit) == .timedOut)
        #expect(
            try run("exec sleep 1000", inOwnGroup: false, stop: { true }) == .stopped)
    }

    @Test func `a caller is asked again and again while the child runs`() throws {
        var asked = 0
        let outcome = try run("exec sleep 1000") {
            asked += 1
            return asked == 3
        }
        #expect(outcome == .stopped)
        #expect(asked == 3)
    }

    @Test func `a watch without a descriptor comes back after its sleep`() {
        ChildWatch(withoutDescriptor: ()).wait(milliseconds: 1)
        let refusal = ChildWatch.refusal()
        #expect(refusal == nil || refusal?.contains("pidfd_open") == true)
    }

    @Test func `a program that does not exist is named`() {
        let error = #expect(throws: ChildProcess.SpawnFailure.self) {
            try ChildProcess("/nonexistent/program", []).run(
                output: "/dev/null", errors: "/dev/null", limit: .seconds(1),
                shouldStop: { false })
        }
        #expect(error?.description.contains("/nonexistent/program") == true)
    }
}
