import ArgumentParser
import Measurement
import Quantities
import Workloads

/// The options of `run` that are about whole programs.
struct CommandOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Measure this program instead of workloads.",
            discussion: "Started directly; by /bin/sh -c where the text has shell syntax."))
    var command: String?

    @Option(help: "A second program, in turns with the first and compared with it.")
    var vs: String?

    @Option(help: "Time after which a run of a command is killed, 600s when not given.")
    var timeout: String?

    @Flag(
        help: ArgumentHelp(
            "Count instructions in further runs.",
            discussion: "By the hardware where there is a counter, otherwise under valgrind."))
    var instructions = false

    @Flag(name: [.short, .long], help: "Count runs whatever their exit status is.")
    var ignoreFailure = false

    /// What `--command` and `--vs` select, or `nil` without them.
    func selection(names: [String], suite: String?) throws -> Selection? {
        guard let command else {
            if vs != nil { throw Stop.badInput("--vs: expected --command beside it") }
            return nil
        }
        guard names.isEmpty, suite == nil else {
            let given = suite.map { "the suite '\($0)'" } ?? "the workload '\(names[0])'"
            throw Stop.badInput("--command: beside \(given), expected one or the other")
        }
        let first = try parsed(command, "--command")
        let second = try vs.map { try parsed($0, "--vs") }
        return Selection(
            MeasuredCommands(first, against: second), forks: CommandCheck.usualForks,
            time: CommandCheck.usualTime)
    }

    /// Gives the plan's commands what the options say; refuses the options where there are none.
    func apply(to plan: inout [PlannedWorkload], areBound: Bool) throws {
        let limit = try timeout.map { try parsedTimeout($0) }
        let given = [
            ("--timeout", limit != nil), ("--instructions", instructions),
            ("--ignore-failure", ignoreFailure),
        ].filter(\.1).map(\.0)
        if !given.isEmpty, plan.allSatisfy({ $0.commands == nil }) {
            throw Stop.badInput(
                "\(given.joined(separator: ", ")): expected --command or a workload with a command")
        }
        for index in plan.indices where plan[index].commands != nil {
            if let limit { plan[index].commands?.limit = limit.rawValue }
            plan[index].commands?.countsInstructions = instructions
            plan[index].commands?.ignoresFailure = ignoreFailure
            plan[index].commands?.isBound = areBound
        }
    }

    private func parsed(_ text: String, _ option: String) throws -> CommandText {
        do {
            return try CommandText(text)
        } catch {
            throw Stop.badInput("\(option): \(error)")
        }
    }

    private func parsedTimeout(_ text: String) throws -> Nanoseconds {
        let limit: Nanoseconds
        do {
            limit = try Nanoseconds(parsing: text)
        } catch {
            throw Stop.badInput("--timeout: \(error)")
        }
        guard (Nanoseconds.milliseconds(1)...Nanoseconds.seconds(604_800)).contains(limit) else {
            throw Stop.badInput("--timeout: '\(text)', expected a time from 1 ms to 7 days")
        }
        return limit
    }
}
