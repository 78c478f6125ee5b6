import ArgumentParser
import Benchmarks
import Randomness

/// Runs a protocol in virtual time.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run a protocol in virtual time, under faults, and say what its checkers found.",
        discussion: """
            Protocols: gossip (who is alive), token (who may write), chain and quorum (who has a copy),
            coordinators (identifiers), ring (who owns a key).

            Members are n0, n1 and so on; behind them come the three wardens of a chain. Times of faults
            count from the beginning of the load. Runs have seeds of their own, SEED and those after it, so
            that `--seed` with `--runs 1` repeats any of them. The same options and seed give the same
            bytes, but with `--costs measured`.

            --crash WHO[@TIME][+TIME]: a node (n2), one whose disk is torn (n2 tears) or, for gossip, lost
              (n2 loses), or a role: random, holder (token), head, middle, tail (chain), leader (quorum).
              At the first time, a third of the load's duration where none is given, for as long as the
              second, for good where none is given. May be repeated.
            --partition GROUP|GROUP[@TIME][+TIME]: nodes of a group reach each other only, as in
              'n0,n1|n2,n3,n4'; 'minority' sets the first members apart, fewer than half. Whoever is not
              named reaches all. It lasts for a third of the duration where nothing is said.
            --schedule FILE: a line for each fault, its time first: '1s crash n2', '1.5s restart n2',
              '2s partition n0 n1 | n2', '3s heal', '1s freeze n1', '1.2s thaw n1', '1s block n0 > n1',
              '1s stall n2', '2s mend n2', '1s fail-syncs n2', '1s network delay=uniform:1ms:5ms loss=0.1'.
              What follows # is a comment.
            --costs none, measured, or any of receive=TIME,send=TIME,sync=TIME: what messages cost a
              processor and a sync takes of a disk. 'measured' tries both here, briefly, and prints them in
              the form that repeats the run.

            Examples:
              nilometer simulate gossip --nodes 1000 --loss 0.05
              nilometer simulate quorum --nodes 5 --crash leader --runs 20 --seed 1
              nilometer simulate chain --crash tail@1s+500ms --costs measured
              nilometer simulate token --partition minority --json
              nilometer simulate chain --schedule faults.txt --output Results

            Exit codes: 0 done; 1 a run that its checkers found wrong, with its seed; 2 bad usage or input;
            3 this machine can't do it; 130 interrupted.
            """)

    @Argument(
        help: ArgumentHelp(
            "What to simulate: gossip, token, chain, quorum, coordinators or ring.",
            valueName: "protocol"))
    var subject: String

    @OptionGroup var plan: SimulateOptions

    @Option(help: "Seed of the first run; drawn and printed when not given.")
    var seed: UInt64?

    @Option(help: "How many runs.")
    var runs = 10

    @Option(
        name: [.customLong("output"), .customLong("out")],
        help: ArgumentHelp(
            "Write a run's folder under this directory too: CSV, JSON, pictures, reports.",
            valueName: "dir"))
    var output: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        guard (1...100_000).contains(runs) else {
            throw Stop.badInput("--runs: '\(runs)', expected 1 to 100000")
        }
        let setting = try plan.resolved(subject)
        let study = study(of: setting)
        guard study.count > 0 else {
            throw Stop.interrupted("interrupted before the first run was over")
        }
        let report = SimulationReport(study)
        if json {
            try Terminal.output(json: report.document)
        } else {
            Terminal.output(report.text)
        }
        if let violation = study.violations.first {
            throw Stop.violated(
                "the run from seed \(violation.seed) is wrong: \(violation.findings[0])")
        }
        if let output {
            let folder = try SimulationFolder(study).write(to: output)
            Terminal.error("nilometer: written to \(folder)")
        }
        if study.isInterrupted {
            throw Stop.interrupted("interrupted after \(study.count) of \(runs) runs")
        }
    }

    private func study(of setting: SimulationSetting) -> SimulationStudy {
        let first = Seed(seed ?? UInt64.random(in: 0...UInt64(UInt32.max)))
        Interruption.listen()
        var progress = ProgressLine()
        defer { progress.clear() }
        return SimulationStudy(
            setting, first: first, runs: runs, shouldStop: { Interruption.isRequested },
            willRun: { done in
                progress.show(
                    done: Double(done), total: Double(runs), label: "simulate \(subject)")
            })
    }
}
