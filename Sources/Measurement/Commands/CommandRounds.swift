import Quantities
import Randomness

/// Commands that take turns in rounds, each run a process of its own.
///
/// Every second round is drawn from the seed, the one after it runs in the reverse order (A B B A):
/// what changes steadily from run to run meets all alike, and nobody always follows the same one.
public struct CommandRounds {
    /// What takes part.
    public struct Contender: Hashable, Sendable {
        /// The value of `contender` in the figures' parameters.
        public let name: String
        /// What is started.
        public let program: CommandProgram
        /// How failures name it.
        public let text: String

        /// Whether a shell runs it.
        public let usesShell: Bool

        /// A contender.
        public init(name: String, program: CommandProgram, text: String, usesShell: Bool) {
            self.name = name
            self.program = program
            self.text = text
            self.usesShell = usesShell
        }
    }

    /// One run of one contender.
    public struct Turn: Hashable, Sendable {
        /// The round, from 0.
        public let round: Int
        /// Index of the contender.
        public let contender: Int
        /// What was measured.
        public let run: CommandRun
    }

    /// The rounds at the start that are always warm-up.
    public static let leastWarmup = 1
    /// The rounds after them that are always run.
    public static let leastMeasured = 3

    let launcher: CommandLauncher
    let clock: TickClock
    let limit: Nanoseconds
    let ignoresFailure: Bool

    /// Rounds of programs started by `launcher`, each killed after `limit`.
    public init(
        launcher: CommandLauncher, clock: TickClock, limit: Nanoseconds, ignoresFailure: Bool
    ) {
        self.launcher = launcher
        self.clock = clock
        self.limit = limit
        self.ignoresFailure = ignoresFailure
    }

    /// Runs rounds until `time` is spent, the least number of them in any case; a round that was
    /// begun is finished. Throws `CommandFailure` at the first run that fails.
    public func run(
        _ contenders: [Contender], for time: Nanoseconds, seed: Seed
    ) throws -> [Turn] {
        var orders = seed.derived(for: "order").generator()
        var paddings = seed.derived(for: "padding").generator()
        var order = Array(contenders.indices)
        var turns: [Turn] = []
        let start = TickClock.monotonicRaw()
        var round = 0
        while round < Self.leastWarmup + Self.leastMeasured
            || Double(TickClock.monotonicRaw() - start) < time.rawValue
        {
            order = round.isMultiple(of: 2) ? order.shuffled(by: &orders) : order.reversed()
            for index in order {
                let padding = Int(paddings.next(below: CommandLauncher.paddingLengths))
                let run = try launcher.run(
                    contenders[index].program, padding: padding, limit: limit, clock: clock)
                turns.append(Turn(round: round, contender: index, run: run))
                try CommandFailure.check(
                    run, of: contenders[index], number: round + 1, limit: limit,
                    ignoresFailure: ignoresFailure)
            }
            round += 1
        }
        return turns
    }
}

/// A run of a command that did not end as it should.
public struct CommandFailure: Error, Equatable, CustomStringConvertible {
    /// The command.
    public let command: String
    /// The contender's name.
    public let contender: String
    /// Which of its runs in the process that measured it, from 1; `nil` for the one that is made
    /// before all measured ones.
    public let number: Int?
    /// How it ended.
    public let ending: CommandRun.Ending
    /// Its limit.
    public let limit: Nanoseconds
    /// The last line of its error output, where that was kept.
    public let lastErrorLine: String?

    /// One line.
    public var description: String {
        let which = number.map { "run \($0)" } ?? "the check run"
        let how = ending == .timedOut ? "was killed after \(limit), its time limit" : "\(ending)"
        let line = lastErrorLine.map { ": \($0)" } ?? ""
        return "the command \(contender), '\(command)', \(how) in \(which)\(line)"
    }

    /// Throws when `run` failed. Outliving the limit is never ignored: nothing was measured.
    static func check(
        _ run: CommandRun, of contender: CommandRounds.Contender, number: Int?,
        limit: Nanoseconds, ignoresFailure: Bool
    ) throws(CommandFailure) {
        if run.ending == .exited(0) || (ignoresFailure && run.ending != .timedOut) { return }
        throw CommandFailure(
            command: contender.text, contender: contender.name, number: number,
            ending: run.ending, limit: limit, lastErrorLine: run.lastErrorLine)
    }
}
