import CNilometerShims
import Foundation
import Glibc
import Quantities

/// Counts the instructions that a command executes in user mode: by the performance-monitoring
/// unit where this process may use one, otherwise under valgrind's callgrind.
public struct InstructionCounting {
    /// What counts.
    public enum Source: Hashable, Sendable {
        /// The performance-monitoring unit, over `perf_event_open`.
        case hardware
        /// Callgrind, at this path, of this version.
        case callgrind(valgrind: String, version: String)

        /// A note for the figures.
        public var description: String {
            switch self {
            case .hardware:
                "instructions: counted in user mode by the performance-monitoring unit "
                    + "(perf_event_open, from exec on, children included)"
            case .callgrind(_, let version):
                "instructions: counted under callgrind (\(version)), children included, in runs of "
                    + "their own"
            }
        }
    }

    /// Why instructions cannot be counted.
    public enum Failure: Error, CustomStringConvertible {
        /// Neither a performance-monitoring unit nor valgrind.
        case unavailable(reason: String)
        /// Callgrind ended without a count.
        case noCount(command: String, reason: String)
        /// The counter was shared, so it did not see all of the run.
        case shared

        /// What is missing and how to get it.
        public var description: String {
            switch self {
            case .unavailable(let reason):
                "instructions cannot be counted: this process has no hardware counter (\(reason)) "
                    + "and there is no valgrind; install it (apt-get install valgrind)"
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
        let counter = nilometer_child_counter_open(launcher.process, nilometer_child_instructions)
        if counter >= 0 {
            close(counter)
            source = .hardware
            return
        }
        guard let valgrind = try? CommandProgram.file("valgrind") else {
            // SAFETY: strerror's text is copied at once.
            throw Failure.unavailable(reason: unsafe String(cString: strerror(-counter)))
        }
        source = .callgrind(valgrind: valgrind, version: try Self.version(of: valgrind))
    }

    /// The instructions of one run of `contender`; throws `CommandFailure` when it fails.
    public func count(
        _ contender: CommandRounds.Contender, limit: Nanoseconds, ignoresFailure: Bool
    ) throws -> Double {
        switch source {
        case .hardware:
            try countByHardware(contender, limit: limit, ignoresFailure: ignoresFailure)
        case .callgrind(let valgrind, _):
            try countByCallgrind(
                contender, valgrind, limit: limit * Self.patience, ignoresFailure: ignoresFailure)
        }
    }

    private func countByHardware(
        _ contender: CommandRounds.Contender, limit: Nanoseconds, ignoresFailure: Bool
    ) throws -> Double {
        let counter = nilometer_child_counter_open(launcher.process, nilometer_child_instructions)
        guard counter >= 0 else {
            // SAFETY: strerror's text is copied at once.
            throw Failure.unavailable(reason: unsafe String(cString: strerror(-counter)))
        }
        defer { close(counter) }
        let run = try launcher.run(contender.program, padding: 0, limit: limit, clock: clock)
        try CommandFailure.check(
            run, of: contender, number: nil, limit: limit, ignoresFailure: ignoresFailure)
        let count = nilometer_child_counter_read(counter)
        guard count >= 0 else { throw Failure.shared }
        return Double(count)
    }

    private func countByCallgrind(
        _ contender: CommandRounds.Contender, _ valgrind: String, limit: Nanoseconds,
        ignoresFailure: Bool
    ) throws -> Double {
        let files = FileManager.default
        let logs = NSTemporaryDirectory() + "nilometer-callgrind-\(UUID().uuidString)"
        try files.createDirectory(atPath: logs, withIntermediateDirectories: false)
        defer { try? files.removeItem(atPath: logs) }
        let program = CommandProgram(
            path: valgrind,
            arguments: [
                "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                "--trace-children=yes", "--log-file=\(logs)/%p", contender.program.path,
            ] + contender.program.arguments.dropFirst())
        let run = try launcher.run(program, padding: 0, limit: limit, clock: clock)
        try CommandFailure.check(
            run, of: contender, number: nil, limit: limit, ignoresFailure: ignoresFailure)
        let texts = try files.contentsOfDirectory(atPath: logs).sorted().map {
            String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: "\(logs)/\($0)")),
                as: UTF8.self)
        }
        let counts = texts.compactMap(CallgrindLog.instructions)
        // A process that became another program has a log with a count of its own part.
        guard !counts.isEmpty else {
            throw Failure.noCount(
                command: contender.text,
                reason: texts.first?.split(whereSeparator: \.isNewline).last.map(String.init)
                    ?? "it wrote no log")
        }
        return Double(counts.reduce(0, +))
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
