import Quantities

/// What is found out about commands before anything is measured: that they run, and how long they
/// take.
public struct CommandCheck {
    /// The total that a comparison of short programs gets when nobody says, and the most that longer
    /// ones are given so that a process has enough rounds for a test of steadiness.
    static let usualTotal = Nanoseconds.seconds(20)
    static let longestTotal = Nanoseconds.seconds(30)
    /// Rounds that a process should have.
    static let wantedRounds = 11.0
    /// The share of a process where nobody says how many there are.
    public static let usualTime = usualTotal * (1 / Double(usualForks))
    /// Processes that measure a command when nobody says: enough for the bootstrap.
    public static let usualForks = 8

    /// How long a round of all contenders takes.
    public let round: Nanoseconds
    /// How long each process counts instructions beside that.
    public let counting: Nanoseconds
    /// What the commands wrote to their error output although they did not fail, a line each: a
    /// pipeline ends with the status of its last program, whatever became of the others.
    public let remarks: [String]

    /// What rounds of this length ask for.
    init(round: Nanoseconds, counting: Nanoseconds = .zero) {
        self.round = round
        self.counting = counting
        remarks = []
    }

    /// Runs every command of `commands` once or twice, unmeasured but with an eye on its error
    /// output, and every floor; once more where instructions are to be counted.
    ///
    /// Throws `CommandProgram.Failure` where a program is missing, `CommandFailure` where a run
    /// fails, and `InstructionCounting.Failure` where instructions are asked for and nothing here
    /// counts them.
    public init(_ commands: MeasuredCommands, processingUnits: [Int]) throws {
        let contenders = try CommandContenders(commands)
        let launcher = try CommandLauncher(
            keepingErrors: true, adopting: commands.adoptsOrphans ?? false)
        if commands.isBound { try launcher.bind(to: processingUnits) }
        let clock = TickClock(calibratingFor: .milliseconds(2))
        let limit = Nanoseconds(commands.limit)
        var total = 0.0
        var remarks: [String] = []
        for (index, contender) in contenders.all.enumerated() {
            func check() throws -> CommandRun {
                let run = try launcher.run(
                    contender.program, padding: 0, limit: limit, clock: clock)
                try CommandFailure.check(
                    run, of: contender, number: nil, limit: limit,
                    ignoresFailure: commands.ignoresFailure)
                return run
            }
            let first = try check()
            // The first run of a short program is mostly reading it from its device.
            let second = try first.wall < 1e9 ? check() : nil
            total += min(first.wall, second?.wall ?? first.wall)
            if index < contenders.commandCount,
                let line = second?.lastErrorLine ?? first.lastErrorLine
            {
                remarks.append(
                    "\(contender.name) wrote to its error output in the check run: \(line)")
            }
        }
        round = Nanoseconds(total)
        self.remarks = remarks
        counting = try CommandCheck.counting(
            commands, contenders, launcher: launcher, clock: clock)
    }

    /// How long counting the instructions of `commands` takes, by doing it once.
    private static func counting(
        _ commands: MeasuredCommands, _ contenders: CommandContenders, launcher: CommandLauncher,
        clock: TickClock
    ) throws -> Nanoseconds {
        guard commands.countsInstructions else { return .zero }
        let start = TickClock.monotonicRaw()
        let counting = try InstructionCounting(launcher: launcher, clock: clock)
        for contender in contenders.all.prefix(contenders.commandCount) {
            _ = try counting.count(
                contender, limit: Nanoseconds(commands.limit),
                ignoresFailure: commands.ignoresFailure)
        }
        let once = Double(TickClock.monotonicRaw() - start)
        return Nanoseconds(once) * Double(InstructionCounting.runs)
    }

    /// How long each of `forks` processes is to measure: a share of `budget`, of which `overhead` and
    /// the round that is begun last are taken off, or a share of what is usual.
    public func time(
        forks: Int, budget: Nanoseconds?, overhead: Nanoseconds = .zero
    ) -> Nanoseconds {
        let share: Double
        if let budget {
            let spent = overhead + counting + round
            share = max(10e6, budget.rawValue / Double(forks) - spent.rawValue)
        } else {
            let usual = Self.usualTotal.rawValue / Double(forks)
            let most = Self.longestTotal.rawValue / Double(forks)
            share = max(usual, min(most, Self.wantedRounds * round.rawValue))
        }
        return .milliseconds((share / 1e6).rounded(.down))
    }

    /// How long `forks` processes of `time` each will take altogether: the least rounds are run
    /// whatever the time is, and a round that was begun is finished.
    public func total(forks: Int, time: Nanoseconds) -> Nanoseconds {
        let least = Double(CommandRounds.leastWarmup + CommandRounds.leastMeasured)
        let rounds = max(least, (time.rawValue / round.rawValue).rounded(.up))
        return (round * rounds + counting) * Double(forks)
    }
}

extension MeasuredCommands {
    /// How long a process that measures them for `time` may take before it is given up: every run
    /// has a limit of its own, so this only catches what should not happen.
    public func patience(for time: Nanoseconds) -> Nanoseconds {
        let rounds = Double(CommandRounds.leastWarmup + CommandRounds.leastMeasured)
        // Each command with a floor; one more run for the one that was begun last.
        var runs = (rounds + 1) * Double(2 * contenders.count)
        if countsInstructions {
            runs +=
                Double(InstructionCounting.runs * contenders.count) * InstructionCounting.patience
        }
        return time + Nanoseconds(limit) * runs + .seconds(60)
    }
}
