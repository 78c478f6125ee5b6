import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import Testing

/// Programs are started by the launcher, waited for here, and leave nothing behind.
@Suite struct CommandLauncherTests {
    private let clock = TickClock(calibratingFor: .milliseconds(1))
    private let directory = NSTemporaryDirectory() + "nilometer-command-\(UUID().uuidString)"

    private func program(_ text: String) throws -> CommandProgram {
        try CommandProgram(CommandText(text))
    }

    private func run(
        _ text: String, keepingErrors: Bool = false, limit: Nanoseconds = .seconds(60)
    ) throws -> CommandRun {
        try CommandLauncher(keepingErrors: keepingErrors)
            .run(program(text), padding: nil, limit: limit, clock: clock)
    }

    @Test func `a program's end and its use are told`() throws {
        let run = try run("true")
        #expect(run.ending == .exited(0))
        #expect(run.wall > 0)
        #expect(run.user >= 0 && run.system >= 0)
        #expect(run.minorFaults > 0)
        #expect(run.majorFaults >= 0)
        #expect(run.voluntarySwitches >= 0 && run.involuntarySwitches >= 0)
        #expect(!run.leftProcesses)
        #expect(try self.run("false").ending == .exited(1))
        #expect(try self.run("sh -c 'exit 42'").ending == .exited(42))
        #expect(try self.run("sh -c 'kill -TERM $$'").ending == .signalled(SIGTERM))
    }

    @Test func `a sleep of 50 ms is no shorter`() throws {
        let run = try run("sleep 0.05")
        #expect(run.wall >= 50e6)
        #expect(run.user + run.system < run.wall)
        #expect(run.voluntarySwitches >= 1)
    }

    @Test func `busy time is user time`() throws {
        let run = try run("sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'")
        #expect(run.user > 0)
        #expect(run.user + run.system <= run.wall * 1.5)
    }

    @Test func `peak memory is the program's own, not its starter's`() throws {
        // Far more than the smallest program needs.
        let ballast = [UInt8](repeating: 1, count: 64 << 20)
        let launcher = try CommandLauncher()
        let small = try launcher.run(
            program("true"), padding: nil, limit: .seconds(60), clock: clock)
        #expect(launcher.level < small.peakMemory)
        #expect(small.peakMemory < 16e6)
        let large = try launcher.run(
            program("dd if=/dev/zero of=/dev/null bs=64M count=1"), padding: nil,
            limit: .seconds(60), clock: clock)
        #expect(large.peakMemory > Double(64 << 20))
        #expect(large.peakMemory < Double(80 << 20))
        #expect(ballast.last == 1)
    }

    @Test func `a program without end is killed with all it started`() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = "\(directory)/pid"
        let run = try run(
            "sleep 1000 & echo $! > \(file); wait", limit: .seconds(2))
        #expect(run.ending == .timedOut)
        #expect(run.wall >= 2e9)
        try expectGone(file)
    }

    @Test func `what a program leaves running is ended and told`() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = "\(directory)/pid"
        let run = try run("sleep 1000 & echo $! > \(file)")
        #expect(run.ending == .exited(0))
        #expect(run.leftProcesses)
        try expectGone(file)
    }

    @Test func `what has ended is not said to be left running`() throws {
        // The shell is replaced by one that does not wait for its child, which is a zombie or gone.
        let run = try run("sh -c 'true & exec sleep 0.3'")
        #expect(run.ending == .exited(0))
        #expect(!run.leftProcesses)
    }

    @Test func `a writer that outlives the program does not keep it from ending`() throws {
        let run = try run("yes >&2 & sleep 0.1", keepingErrors: true)
        #expect(run.ending == .exited(0))
        #expect(run.leftProcesses)
        #expect(run.lastErrorLine?.hasPrefix("y") == true)
    }

    @Test func `gigabytes of output go nowhere`() throws {
        let run = try run("head -c 300000000 /dev/zero; head -c 300000000 /dev/zero >&2")
        #expect(run.ending == .exited(0))
        #expect(run.errors.isEmpty)
    }

    @Test func `the end of much error output is kept`() throws {
        let run = try run(
            "yes not this | head -n 300000 >&2; echo the last >&2; echo >&2; exit 3",
            keepingErrors: true)
        #expect(run.ending == .exited(3))
        #expect(run.lastErrorLine == "the last")
        #expect(run.errors.utf8.count == 4096)
        #expect(try self.run("true", keepingErrors: true).lastErrorLine == nil)
    }

    @Test func `input is empty, and an ignored SIGPIPE is not inherited`() throws {
        #expect(try run("cat").ending == .exited(0))
        signal(SIGPIPE, SIG_IGN)
        #expect(try run("sh -c 'kill -PIPE $$'").ending == .signalled(SIGPIPE))
    }

    @Test func `no descriptor of this process reaches a program`() throws {
        // The standard streams and that of the listing itself.
        let run = try run("[ $(ls /proc/self/fd | wc -l) -eq 4 ]")
        #expect(run.ending == .exited(0))
    }

    @Test func `what cannot be started is an error, and the launcher goes on`() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = "\(directory)/no-program"
        try "neither machine code nor a script".write(
            toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        let launcher = try CommandLauncher()
        let error = #expect(throws: CommandLauncher.Failure.self) {
            try launcher.run(
                CommandProgram(path: file, arguments: [file]), padding: nil, limit: .seconds(1),
                clock: clock)
        }
        #expect(error?.errno == ENOEXEC)
        let next = try launcher.run(
            program("true"), padding: nil, limit: .seconds(60), clock: clock)
        #expect(next.ending == .exited(0))
    }

    @Test func `a bound program runs where it was bound`() throws {
        let launcher = try CommandLauncher()
        let unit = try #require(ThreadBinding.allowedPUs().indexes.last)
        try launcher.bind(to: [unit])
        let run = try launcher.run(
            program("[ $(taskset -cp $$ | sed 's/.*: //') = \(unit) ]"), padding: nil,
            limit: .seconds(60), clock: clock)
        #expect(run.ending == .exited(0))
    }

    @Test func `the padding is as long as it was asked for`() throws {
        let launcher = try CommandLauncher()
        for padding in [0, 1, 4095] {
            let run = try launcher.run(
                program("[ ${#NILOMETER_PADDING} -eq \(padding) ]"), padding: padding,
                limit: .seconds(60), clock: clock)
            #expect(run.ending == .exited(0), "\(padding)")
        }
    }

    /// The process whose number is in `file` has ended: it is gone, or a zombie of whoever adopted
    /// it.
    private func expectGone(_ file: String) throws {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let pid = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        let deadline = Date(timeIntervalSinceNow: 30)
        while Date() < deadline {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            else { return }
            let state = stat.split(separator: ")").last?.split(separator: " ").first
            if state == "Z" || state == "X" { return }
            usleep(1000)
        }
        Issue.record("process \(pid) is still there")
    }
}
