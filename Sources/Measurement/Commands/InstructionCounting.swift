import CNilometerShims
import Counters
import Foundation
import Glibc
import Quantities

/// Counts the instructions that a command executes in user mode: by the performance-monitoring
/// unit where this process may use one that counts a loop of known length rightly, otherwise under
/// valgrind's callgrind.
public struct InstructionCounting {
    /// What counts.
    public enum Source: Hashable, Sendable {
        /// The performance-monitoring unit, over `perf_event_open`.
        case hardware
        /// Callgrind, at this path, of this version, and why it is not the hardware that counts.
        case callgrind(valgrind: String, version: String, instead: String)

        /// A note for the figures.
        public var description: String {
            switch self {
            case .hardware:
                "instructions: counted in user mode by the performance-monitoring unit "
                    + "(perf_event_open, from exec on, children included)"
            case .callgrind(_, let version, let reason):
                "instructions: counted under callgrind (\(version)), children included, in runs of "
                    + "their own; not by the hardware: \(reason)"
            }
        }
    }

    /// What one run came to.
    public struct Count: Hashable, Sendable {
        /// The instructions.
        public let instructions: Double
        /// Why that may not be what ran.
        public let doubts: [String]
    }

    /// Why instructions cannot be counted.
    public enum Failure: Error, CustomStringConvertible {
        /// Neither a performance-monitoring unit that can be believed nor valgrind.
        case unavailable(reason: String)
        /// Callgrind ended without a count.
        case noCount(command: String, reason: String)
        /// The counter was shared, so it did not see all of the run.
        case shared

        /// What is missing and how to get it.
        public var description: String {
            switch self {
            case .unavailable(let reason):
                "instructions cannot be counted: not by the hardware (\(reason)), and there is no "
                    + "valgrind; install it (apt-get install valgrind)"
            case .noCount(let command, let reason):
                "callgrind gave no count for '\(command)': \(reason)"
            case .shared: "the instruction counter was shared with others during a run"
            }
        }
    }

    /// Counted runs of each command in each process.
    public static let runs = 2
    /// How much longer than by itself a program may take under callgrind.
    public static let patience = 100.0

    /// What counts here.
    public let source: Source
    private let launcher: CommandLauncher
    private let clock: TickClock

    /// A counting of programs that `launcher` starts, by the best source that there is.
    public init(launcher: CommandLauncher, clock: TickClock) throws {
        self.launcher = launcher
        self.clock = clock
        guard let reason = Self.reasonAgainstHardware(of: launcher) else {
            source = .hardware
            return
        }
        guard let valgrind = try? CommandProgram.file("valgrind") else {
            throw Failure.unavailable(reason: reason)
        }
        source = .callgrind(
            valgrind: valgrind, version: try Self.version(of: valgrind), instead: reason)
    }

    /// Why the hardware cannot count the programs of `launcher`, or counts wrongly: on some virtual
    /// machines a loop of known length comes out 16 times as long. `nil` where it can be believed.
    private static func reasonAgainstHardware(of launcher: CommandLauncher) -> String? {
        let counter = nilometer_child_counter_open(launcher.process, nilometer_child_instructions)
        guard counter >= 0 else { return text(of: -counter) }
        close(counter)
        let turns = CounterValidation.turns
        // The middle of three: an interrupt may add to one.
        let counts = (0..<3).map { _ in nilometer_launcher_count_known_loop(turns) }.sorted()
        guard counts[0] >= 0 else {
            return "a loop of known length cannot be counted: \(text(of: Int32(-counts[0])))"
        }
        return reasonAgainst(count: Double(counts[1]), of: 2 * Double(turns))
    }

    /// Why a counter is not believed that counted `count` where `expected` instructions ran.
    static func reasonAgainst(count: Double, of expected: Double) -> String? {
        guard (count - expected).magnitude > expected * CounterValidation.tolerance else {
            return nil
        }
        return "its counter is wrong here, it counted \(Int(count)) where \(Int(expected)) ran"
    }

    private static func text(of error: Int32) -> String {
        // SAFETY: strerror's text is copied at once.
        unsafe String(cString: strerror(error))
    }

    /// The instructions of one run of `contender`; throws `CommandFailure` when it fails.
    public func count(
        _ contender: CommandRounds.Contender, limit: Nanoseconds, ignoresFailure: Bool
    ) throws -> Count {
        switch source {
        case .hardware:
            try countByHardware(contender, limit: limit, ignoresFailure: ignoresFailure)
        case .callgrind(let valgrind, _, _):
            try countByCallgrind(
                contender, valgrind, limit: limit * Self.patience, ignoresFailure: ignoresFailure)
        }
    }

    private func countByHardware(
        _ contender: CommandRounds.Contender, limit: Nanoseconds, ignoresFailure: Bool
    ) throws -> Count {
        let counter = nilometer_child_counter_open(launcher.process, nilometer_child_instructions)
        guard counter >= 0 else {
            throw Failure.unavailable(reason: Self.text(of: -counter))
        }
        defer { close(counter) }
        let run = try launcher.run(contender.program, padding: 0, limit: limit, clock: clock)
        try CommandFailure.check(
            run, of: contender, number: nil, limit: limit, ignoresFailure: ignoresFailure)
        let count = nilometer_child_counter_read(counter)
        guard count >= 0 else { throw Failure.shared }
        return Count(instructions: Double(count), doubts: [])
    }

    private func countByCallgrind(
        _ contender: CommandRounds.Contender, _ valgrind: String, limit: Nanoseconds,
        ignoresFailure: Bool
    ) throws -> Count {
        let text = try CallgrindPipe.log { path in
            let program = CommandProgram(
                path: valgrind,
                arguments: [
                    "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                    "--trace-children=yes", "--log-file=\(path)", contender.program.path,
                ] + contender.program.arguments.dropFirst())
            let run = try launcher.run(program, padding: 0, limit: limit, clock: clock)
            try CommandFailure.check(
                run, of: contender, number: nil, limit: limit, ignoresFailure: ignoresFailure)
        }
        let log = CallgrindLog(text)
        guard let count = log.instructions else {
            throw Failure.noCount(
                command: contender.text,
                reason: text.split(whereSeparator: \.isNewline).last.map(CommandRun.presentable)
                    ?? "it wrote no log")
        }
        return Count(instructions: Double(count), doubts: log.doubts)
    }

    private static func version(of valgrind: String) throws -> String {
        let path = NSTemporaryDirectory() + "nilometer-valgrind-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = try ChildProcess(valgrind, ["--version"], inOwnGroup: false).run(
            output: path, errors: "/dev/null", limit: .seconds(60), shouldStop: { false })
        return try String(contentsOfFile: path, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
