import ArgumentParser
import Counters
import Hardware
import Measurement
import Randomness
import Regression
import Runs

/// Measures what a baseline measured, and fails on a regression.
struct RegressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regress",
        abstract: "Run a baseline's workloads again, and fail on a regression.",
        discussion: """
            Examples:
              nilometer regress --baseline main
              nilometer regress --baseline main 'ring.*' --threshold 5%
              nilometer regress --baseline main --baseline-binary ../main/nilometer
              nilometer regress --baseline main --junit junit.xml --markdown comment.md
              nilometer regress --baseline main --instructions

            With --baseline-binary processes of both builds take turns on the same cores and are
            compared pair by pair: the strongest form. Without it the baseline's stored samples are
            used, and whatever drifted since they were taken is in the comparison.

            Ends with 1 when a metric regressed, with 0 when none did.
            """)

    @Argument(help: "Workloads of the baseline: names or globs; all when none is named.")
    var names: [String] = []

    @Option(help: "A run's folder, a baseline's file or a baseline's name.")
    var baseline: String

    @Option(help: "The executable of the build that is the standard, to be run in turns.")
    var baselineBinary: String?

    @Flag(help: "Compare instructions alone: for hosts too noisy for times.")
    var instructions = false

    @Option(help: "The change in instructions that matters.")
    var instructionThreshold = "0.5%"

    @OptionGroup var options: CompareOptions

    @OptionGroup(title: "Measurement") var measurement: RegressOptions

    func run() throws {
        let threshold = try options.parsedThreshold()
        let least = try CompareOptions.share(
            instructionThreshold, option: "--instruction-threshold")
        let rule = try options.rule(threshold: instructions ? least : threshold)
        let stored = try CompareSources(baselines: options.dir).side(baseline, "--baseline")
        let host = try RegressHost(measurement, countsInstructions: instructions)
        var plan = try RegressPlan(
            stored, names: names, measurement, sides: baselineBinary == nil ? 1 : 2,
            countsInstructions: instructions, seed: host.seed)
        let forced = try CompareGuards.differences(
            stored, host.side, isForced: options.force)
        var notes = plan.notes
        if instructions {
            try host.checkInstructions(plan, stored: baselineBinary == nil ? stored : nil)
        } else {
            // Before anything is measured; what was measured may know better.
            _ = try CompareGuards.checkThreshold(threshold, stored, nil)
        }
        try plan.prepareCommands(
            on: host, countersAreNamed: measurement.session.counters != nil)
        let runs = try measure(plan, host, stored)
        if !instructions {
            notes += try CompareGuards.checkThreshold(threshold, runs.base, runs.new)
        }
        let comparison = RunComparison(
            base: runs.base, new: runs.new,
            rule: rule,
            design: baselineBinary == nil ? .independent : .paired, byRound: runs.rounds.workloads,
            scope: instructions ? .instructions : .figures, forced: forced,
            notes: notes + runs.rounds.notes + options.remarks)
        if instructions { try checkCounted(runs) }
        try CompareOutputs(options).write(comparison)
        Terminal.error(
            "nilometer: seed \(host.seed.rawValue), everything measured is in \(runs.folders)")
        try end(comparison, runs)
    }

    private func measure(
        _ plan: RegressPlan, _ host: RegressHost, _ stored: MeasuredSide
    ) throws -> RegressRuns {
        if let baselineBinary {
            let binary = try RegressBinary(baselineBinary)
            return try RegressPairs(plan, host, binary).run()
        }
        return try RegressAgain(plan, host).run(against: stored.only(plan.workloads))
    }

    private func checkCounted(_ runs: RegressRuns) throws {
        for side in [runs.base, runs.new]
        where !side.figures.contains(where: \.countsInstructions) {
            let notes = runs.notes.filter { $0.contains("PAPI_TOT_INS") }
            throw Stop.cannot(
                "no instructions were counted in \(side.name)"
                    + (notes.first.map { ": \($0)" } ?? "")
                    + "; needed are a performance-monitoring unit that this process may use "
                    + "(kernel.perf_event_paranoid), or workloads over commands and valgrind")
        }
    }

    private func end(_ comparison: RunComparison, _ runs: RegressRuns) throws {
        if runs.isInterrupted {
            throw Stop.interrupted("interrupted; what was measured is in \(runs.folders)")
        }
        let regressed = comparison.metrics(.regressed)
        guard regressed.isEmpty else {
            throw Stop.regressed(
                "regressed: \(regressed.map { "\($0.identity)" }.joined(separator: "; "))")
        }
    }
}

/// The options of `regress` that are about measuring.
struct RegressOptions: ParsableArguments {
    @Option(
        help: """
            Fresh processes for each workload and build; \(ComparisonRule.usualForks), or what \
            --budget has room for, when not given.
            """)
    var forks: Int?

    @OptionGroup var session: SessionOptions
}
