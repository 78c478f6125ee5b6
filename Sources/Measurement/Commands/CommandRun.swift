import CNilometerShims

/// One run of a program: how it ended and what it used.
public struct CommandRun: Hashable, Sendable {
    /// How a program ended.
    public enum Ending: Hashable, Sendable, CustomStringConvertible {
        /// By itself, with this status.
        case exited(Int32)
        /// By a signal.
        case signalled(Int32)
        /// It outlived its limit and was killed.
        case timedOut

        /// The end of a sentence that begins with the command.
        public var description: String {
            switch self {
            case .exited(let status): "ended with status \(status)"
            case .signalled(let signal): "was ended by signal \(signal)"
            case .timedOut: "did not end within its time limit and was killed"
            }
        }
    }

    /// How it ended.
    public let ending: Ending
    /// From just before it was started until it had been waited for, in nanoseconds.
    public let wall: Double
    /// Processor time in user mode, its waited-for children's included, in nanoseconds.
    public let user: Double
    /// Processor time in the kernel, likewise.
    public let system: Double
    /// Peak resident memory in bytes: its own or that of its largest waited-for child.
    public let peakMemory: Double
    /// Page faults served without I/O.
    public let minorFaults: Double
    /// Page faults that needed I/O.
    public let majorFaults: Double
    /// Times it gave up its processor by itself.
    public let voluntarySwitches: Double
    /// Times it was taken off its processor.
    public let involuntarySwitches: Double
    /// Whether processes were left running when it had ended; they were killed.
    public let leftProcesses: Bool
    /// The end of its error output, where that was kept.
    public let errors: String

    init(_ end: nilometer_program_end, clock: TickClock, errors: String) {
        let signal = nilometer_termination_signal(end.status)
        ending =
            if end.timed_out != 0 {
                .timedOut
            } else if signal != 0 {
                .signalled(signal)
            } else {
                .exited(nilometer_exit_status(end.status))
            }
        wall = clock.nanoseconds(from: end.started, to: end.ended)
        user = Double(end.user_time) * 1e3
        system = Double(end.system_time) * 1e3
        peakMemory = Double(end.peak_memory) * 1024
        minorFaults = Double(end.minor_faults)
        majorFaults = Double(end.major_faults)
        voluntarySwitches = Double(end.voluntary_switches)
        involuntarySwitches = Double(end.involuntary_switches)
        leftProcesses = end.left_processes != 0
        self.errors = errors
    }

    /// A run that used nothing but time and memory.
    init(ending: Ending, wall: Double, peakMemory: Double, errors: String = "") {
        self.ending = ending
        self.wall = wall
        self.peakMemory = peakMemory
        (user, system, minorFaults, majorFaults) = (0, 0, 0, 0)
        (voluntarySwitches, involuntarySwitches) = (0, 0)
        leftProcesses = false
        self.errors = errors
    }

    /// The last line of its error output that is not empty, ``presentable(_:)``.
    public var lastErrorLine: String? {
        errors.split(whereSeparator: \.isNewline).map(CommandRun.presentable)
            .last { !$0.isEmpty }
    }

    /// The longest line of a program that is shown, in characters.
    static let longestLine = 200

    /// `line` as it may be shown on a terminal: a program can write any bytes. Control characters,
    /// with which escape sequences begin, and characters that show nothing become blanks, blanks in
    /// a row become one, and what is too long is cut.
    static func presentable(_ line: Substring) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in line.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
                .unassigned:
                scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        let text = String(scalars).split(separator: " ").joined(separator: " ")
        return text.count > longestLine ? String(text.prefix(longestLine - 1)) + "…" : text
    }
}
