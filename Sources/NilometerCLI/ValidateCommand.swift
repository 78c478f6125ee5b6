import ArgumentParser
import Claims
import Hardware
import Measurement
import Reporting
import Runs
import StrictYAML
import Workloads

/// Judges claims.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Run what claims need, or read a run, and give every claim a verdict.",
        discussion: """
            Examples:
              nilometer validate                         # every claim
              nilometer validate 'ANKH-*' --budget 30s
              nilometer validate --from Results/latest   # from a run that exists
              nilometer validate --claims mine.yaml      # claims of another document
              nilometer validate --strict                # exit 1 when a claim is refuted
            """)

    @Argument(help: "Claims: identifiers or globs; all when none is named.")
    var names: [String] = []

    @Option(help: "A claims file beside the tool's own; its claims are judged when none is named.")
    var claims: String?

    @Option(help: "Folder of a run to judge by, instead of measuring.")
    var from: String?

    @Flag(help: "Exit with 1 when a claim is refuted.")
    var strict = false

    @OptionGroup var options: MeasurementOptions

    func run() throws {
        let chosen = try Installation.claims(named: names, file: claims)
        if let from {
            try options.refuseAll(with: "--from")
            return try finish(RunProducts(try RunFolder.read(from), claims: chosen).verdicts)
        }
        guard !chosen.workloads.isEmpty else {
            let machine = try Detection.machine(.running, directory: options.path)
            return try finish(
                Judge(chosen.library, facts: Facts(of: machine))
                    .verdicts(on: [], of: chosen.includes))
        }
        guard let outcome = try measure(chosen) else { return }
        try finish(outcome.products.verdicts)
        try outcome.throwIfIncomplete()
    }

    /// Measures the workloads that the claims need, as the suite `quick` has them.
    private func measure(_ chosen: ChosenClaims) throws -> Measuring.Outcome? {
        let catalogue = try Installation.catalogue()
        let selection = try Installation.input { () throws(InputProblems) in
            try catalogue.selection(names: chosen.workloads, suite: "quick")
        }
        return try Measuring(options).run(
            selection, suite: "quick", tag: "validate", claims: chosen)
    }

    private func finish(_ verdicts: [VerdictRecord]) throws {
        try show(verdicts)
        let refuted = verdicts.filter { $0.verdict == .refuted }
        if strict, !refuted.isEmpty {
            throw Stop.refuted("refuted: \(refuted.map(\.claim).joined(separator: ", "))")
        }
    }

    private struct Document: Encodable {
        let schema = "nilometer/verdicts/1"
        let rows: [VerdictRecord]
    }

    private func show(_ verdicts: [VerdictRecord]) throws {
        if options.json { return try Terminal.output(json: Document(rows: verdicts)) }
        Terminal.output(VerdictTable(verdicts).text(style: Terminal.tableStyle))
    }
}
