import CNilometerShims
import Foundation
import Glibc
import Quantities
import Testing

@testable import Measurement

/// Commands in plans and requests, the check before a run, and the counting of instructions.
@Suite struct CommandPlanTests {
    private func commands(_ first: String, _ second: String? = nil) throws -> MeasuredCommands {
        let against = try second.map { text throws(CommandText.Invalid) in try CommandText(text) }
        return try MeasuredCommands(CommandText(first), against: against)
    }

    @Test func `commands survive a request and a plan, whatever they hold`() throws {
        var commands = try commands("printf 'a;b=c\n' | cat", "true")
        commands.limit = 5e9
        commands.isBound = true
        commands.countsInstructions = true
        let request = ForkRequest(
            benchmark: "command", parameters: ParameterSet(), fork: 0, seed: 1, time: 1,
            processingUnits: [0], directory: .init(path: "/", durability: "unknown"),
            commands: commands)
        let back = try JSONDecoder().decode(
            ForkRequest.self, from: JSONEncoder().encode(request))
        #expect(back.commands == commands)
        let planned = PlannedWorkload(
            workload: "command", benchmark: "command", parameters: ParameterSet(), profile: "auto",
            forks: 2, time: .seconds(1), commands: commands)
        let again = try JSONDecoder().decode(
            PlannedWorkload.self, from: JSONEncoder().encode(planned))
        #expect(again == planned)
    }

    @Test func `a plan written before there were commands is read`() throws {
        let text = """
            {"workload": "a", "benchmark": "b", "parameters": "x=1", "profile": "auto",
             "forks": 3, "time": 1000}
            """
        let planned = try JSONDecoder().decode(PlannedWorkload.self, from: Data(text.utf8))
        #expect(planned.commands == nil)
        #expect(planned.forks == 3)
    }

    @Test func `the check finds what is wrong before anything is measured`() throws {
        let failure = #expect(throws: CommandFailure.self) {
            try CommandCheck(commands("true", "sh -c 'echo why >&2; exit 3'"), processingUnits: [])
        }
        #expect(failure?.contender == "sh")
        #expect(failure?.lastErrorLine == "why")
        #expect(failure?.number == nil)
        #expect(throws: CommandProgram.Failure.notOnPath("no-such-program")) {
            try CommandCheck(commands("true", "no-such-program"), processingUnits: [])
        }
        let noisy = try CommandCheck(
            commands("true", #"sh -c 'printf "half\nw\033[1mhy\n" >&2'"#), processingUnits: [])
        #expect(noisy.remarks.count == 1)
        #expect(noisy.remarks.first?.hasPrefix("sh wrote to its error output") == true)
        #expect(noisy.remarks.first?.hasSuffix("w [1mhy") == true)
        var lenient = try commands("false")
        lenient.ignoresFailure = true
        #expect(try CommandCheck(lenient, processingUnits: []).round > .zero)
    }

    @Test func `times follow from the round, the forks and the budget`() {
        let short = CommandCheck(round: .milliseconds(10))
        #expect(short.time(forks: 8, budget: nil) == .milliseconds(2500))
        #expect(short.time(forks: 4, budget: .seconds(2)) == .milliseconds(490))
        let counted = CommandCheck(round: .milliseconds(10), counting: .milliseconds(40))
        #expect(
            counted.time(forks: 4, budget: .seconds(2), overhead: .milliseconds(50))
                == .milliseconds(400))
        #expect(counted.time(forks: 4, budget: .milliseconds(100)) == .milliseconds(10))
        #expect(counted.total(forks: 4, time: .milliseconds(400)) == .milliseconds(1760))
        #expect(short.total(forks: 8, time: .milliseconds(2500)) == .seconds(20))
        // Eleven rounds of 300 ms are more than a share of 20 s, and less than one of 30 s.
        let middling = CommandCheck(round: .milliseconds(300))
        #expect(middling.time(forks: 8, budget: nil) == .milliseconds(3300))
        let long = CommandCheck(round: .seconds(10))
        #expect(long.time(forks: 8, budget: nil) == .milliseconds(3750))
        // The least rounds, whatever the time: four in each of eight processes.
        #expect(long.total(forks: 8, time: .milliseconds(3750)) == .seconds(320))
    }

    @Test func `a process has patience for runs up to their limit`() throws {
        var commands = try commands("true", "sleep 1")
        commands.limit = 10e9
        #expect(commands.patience(for: .seconds(1)) == .seconds(1 + 60 + 5 * 4 * 10))
        commands.countsInstructions = true
        #expect(commands.patience(for: .seconds(1)) > .seconds(4 * 100 * 10))
    }

    @Test(arguments: [
        (
            """
            ==9== Callgrind, a call-graph generating cache profiler
            ==9== Command: /bin/true
            ==9==
            ==9== Events    : Ir
            ==9== Collected : 164227
            ==9==
            ==9== I   refs:      164,228
            """, 164_227
        ),
        ("==1== I refs: 1,234,567\n==1== I1  misses: 5\n", 1_234_567),
        ("--7-- Collected : 12 5 3\n", 12),
    ])
    func `the count is found in a log`(text: String, count: Int) {
        #expect(CallgrindLog.instructions(in: text) == count)
    }

    @Test(arguments: [
        "", "==9== Process terminating with default action of signal 9 (SIGKILL)",
        "==9== Collected :", "==9== Collected : many", "==9== D refs: 5",
    ])
    func `a log without a count has none`(text: String) {
        #expect(CallgrindLog.instructions(in: text) == nil)
    }

    private static func written(_ process: Int, starts: Int, count: Int?) -> String {
        let start = "==\(process)== Callgrind, a call-graph generating cache profiler\n"
        return String(repeating: start, count: starts)
            + (count.map { "==\(process)== Collected : \($0)\n" } ?? "")
    }

    @Test(
        arguments: [
            (written(1, starts: 1, count: 5) + written(22, starts: 1, count: 7), 12, []),
            (written(1, starts: 2, count: 5), 5, [CallgrindLog.replaced]),
            (
                written(1, starts: 1, count: 5) + written(2, starts: 0, count: 6), 11,
                [CallgrindLog.forked]
            ),
            (
                written(1, starts: 1, count: 5) + written(2, starts: 1, count: nil), 5,
                [CallgrindLog.unfinished]
            ),
            (written(1, starts: 1, count: nil), nil, [CallgrindLog.unfinished]),
            ("", nil, []),
        ] as [(String, Int?, [String])])
    func `a log of several processes is added up and doubted`(
        text: String, count: Int?, doubts: [String]
    ) {
        let log = CallgrindLog(text)
        #expect(log.instructions == count)
        #expect(log.doubts == doubts)
    }

    @Test func `a counter that is off by more than an interrupt is not believed`() {
        #expect(InstructionCounting.reasonAgainst(count: 2_000_090, of: 2e6) == nil)
        #expect(InstructionCounting.reasonAgainst(count: 32e6, of: 2e6) != nil)
        #expect(InstructionCounting.reasonAgainst(count: 0, of: 2e6) != nil)
    }

    private static let canCount = [nilometer_child_instructions, nilometer_child_page_faults]
        .map { event in
            let counter = nilometer_child_counter_open(getpid(), event)
            if counter >= 0 { close(counter) }
            return counter >= 0
        }
    private static let hasValgrind =
        (try? CommandProgram(CommandText("valgrind"))) != nil

    @Test(.enabled(if: canCount[1], "perf_event_open is refused here"))
    func `a counter on a starter counts the programs from their start on`() throws {
        // A process that starts programs: the shell, which is itself not counted.
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "read line; /bin/true; read line"]
        let input = Pipe()
        shell.standardInput = input
        try shell.run()
        let counter = nilometer_child_counter_open(
            shell.processIdentifier, nilometer_child_page_faults)
        try #require(counter >= 0)
        defer { close(counter) }
        #expect(nilometer_child_counter_read(counter) == 0)
        try input.fileHandleForWriting.write(contentsOf: Data("go\nend\n".utf8))
        shell.waitUntilExit()
        #expect(nilometer_child_counter_read(counter) > 0)
    }

    @Test(.enabled(if: canCount[0] || hasValgrind, "neither a hardware counter nor valgrind"))
    func `instructions of the same program repeat, and more work is more of them`() throws {
        let clock = TickClock(calibratingFor: .milliseconds(1))
        let counting = try InstructionCounting(launcher: CommandLauncher(), clock: clock)
        func count(_ text: String) throws -> Double {
            try counting.count(
                CommandContenders(commands(text)).all[0], limit: .seconds(60),
                ignoresFailure: false
            ).instructions
        }
        let counts = try (0..<2).map { _ in try count("true") }
        #expect(counts[0] > 1000)
        #expect(abs(counts[1] - counts[0]) < 0.02 * counts[0])
        let more = try count("sh -c 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done'")
        #expect(more > counts[0] * 2)
        #expect(throws: CommandFailure.self) { try count("false") }
    }

    @Test(.enabled(if: hasValgrind, "no valgrind"))
    func `what callgrind misses is doubted`() throws {
        let counting = try InstructionCounting(
            launcher: CommandLauncher(), clock: TickClock(calibratingFor: .milliseconds(1)))
        guard case .callgrind = counting.source else { return }
        func doubts(_ text: String) throws -> [String] {
            try counting.count(
                CommandContenders(commands(text)).all[0], limit: .seconds(60),
                ignoresFailure: false
            ).doubts
        }
        #expect(try doubts("true") == [])
        #expect(try doubts("sh -c 'exec /bin/true'") == [CallgrindLog.replaced])
        #expect(try doubts("sh -c '(:); :'") == [CallgrindLog.forked])
    }
}
