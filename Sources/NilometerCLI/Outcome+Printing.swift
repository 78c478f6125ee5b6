import Measurement
import Quantities
import Regression
import Reporting
import Runs

extension Measuring.Outcome {
    private struct Document: Encodable {
        let schema = "nilometer/outcome/1"
        let folder: String
        let ending: Session.Ending
        let figures: [Figure]
        let verdicts: [VerdictRecord]
        let expectations: [ExpectationRecord]
        let failures: [Failure]
        /// What comparisons of known slowdowns came to; absent when nothing calibrated them.
        let slowdowns: [SlowdownRow]?
        /// Absent when no, or too few, comparisons of a thing with itself show the noise.
        let detectableEffect: DetectableEffect?
        /// Of runs of commands, in pairs.
        let comparisons: [CommandComparison]?
    }

    private struct Failure: Encodable {
        let workload: String
        let fork: Int
        let reason: String
    }

    /// The forks that gave nothing, and why.
    private var failures: [Failure] {
        let manifest = products.run.manifest
        return manifest.forks.compactMap { fork in
            fork.failure.map {
                Failure(
                    workload: manifest.workloads[fork.workload].workload, fork: fork.fork,
                    reason: $0)
            }
        }
    }

    private var comparisons: [CommandComparison] {
        CommandComparison.all(in: products.run.manifest, figures: products.figures)
    }

    /// Prints the machine, the figures and the verdicts, or one JSON document; throws when the run
    /// was interrupted, so that the exit code says so.
    func print(asJSON: Bool) throws {
        if asJSON {
            let tally = products.slowdowns.tally
            try Terminal.output(
                json: Document(
                    folder: folder, ending: ending, figures: products.figures,
                    verdicts: products.verdicts, expectations: products.expectations,
                    failures: failures,
                    slowdowns: tally.rows.isEmpty ? nil : tally.rows,
                    detectableEffect: try? tally.detectableEffect(),
                    comparisons: comparisons.isEmpty ? nil : comparisons))
        } else {
            printText()
        }
        try throwIfIncomplete()
    }

    /// Throws what the exit code must say of a run that was interrupted or lacks its pictures.
    func throwIfIncomplete() throws {
        if ending == .interrupted {
            throw Stop.interrupted("interrupted; what was measured is in '\(folder)'")
        }
        if let failure = CommandPreparation.failure(in: products.run.manifest) {
            throw Stop.badInput("\(failure); everything else is in '\(folder)'")
        }
        if let missing { throw Stop.cannot("\(missing); everything else is in '\(folder)'") }
    }

    private func printText() {
        let manifest = products.run.manifest
        for line in products.machineLines { Terminal.output("\(line)\n") }
        Terminal.output("\n")
        Terminal.output(
            FigureTable(products.figures, manifest: manifest).text(style: Terminal.tableStyle))
        for line in CommandComparison.sentences(in: manifest, figures: products.figures) {
            Terminal.output("\(line)\n")
        }
        Terminal.output("\n")
        let parts = [
            ProfileTable(products.figures, manifest: manifest).text(style: Terminal.tableStyle),
            RunVerdicts(products.verdicts).text(style: Terminal.tableStyle),
            ExpectationTable(products.expectations).text(style: Terminal.tableStyle),
            DisturbanceTable(manifest).text(style: Terminal.tableStyle),
        ]
        for part in parts where !part.isEmpty { Terminal.output("\(part)\n") }
        for line in products.slowdowns.lines { Terminal.output("\(line)\n") }
        Terminal.output("\(overhead(manifest))\n")
        for failure in failures where failure.reason != Manifest.ForkSummary.skipped {
            Terminal.output("\(failure.workload), fork \(failure.fork): \(failure.reason)\n")
        }
        let skipped = failures.count { $0.reason == Manifest.ForkSummary.skipped }
        if skipped > 0 {
            Terminal.output(
                "\(skipped) of \(manifest.forks.count) forks skipped: the budget was spent\n")
        }
        Terminal.output("seed \(manifest.seed), everything in \(folder)\n")
    }

    /// How long the run took, and how much of it passed outside the benchmarks: starting
    /// processes, writing files, progress.
    private func overhead(_ manifest: Manifest) -> String {
        let wall = Nanoseconds(manifest.overhead.wall)
        let own = Nanoseconds(max(0, manifest.overhead.wall - manifest.overhead.measured))
        let share = manifest.overhead.share.map {
            " (\(Presentation.significant($0 * 100, digits: 2)) %)"
        }
        return "\(manifest.forks.count) forks in \(wall), of which the suite itself took "
            + "\(own)\(share ?? "") outside the benchmarks"
    }
}
