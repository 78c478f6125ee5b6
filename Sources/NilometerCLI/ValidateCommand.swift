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
              nilometer validate                         # every claim, by the suite quick
              nilometer validate --suite full            # every claim, by all that can be measured
              nilometer validate 'ANKH-*' --budget 30s
              nilometer validate --from Results/latest   # from a run that exists
              nilometer validate --claims mine.yaml      # claims of another document
              nilometer validate --strict                # exit 1 when a claim is refuted
              nilometer validate --from RUN --markdown CLAIMS.md
            """)

    @Argument(help: "Claims: identifiers or globs; all when none is named.")
    var names: [String] = []

    @Option(help: "A claims file beside the tool's own; its claims are judged when none is named.")
    var claims: String?

    @Option(help: "Folder of a run, or of a reference, to judge by, instead of measuring.")
    var from: String?

    @Option(
        help: ArgumentHelp(
            "The suite by which workloads are run, 'quick' when none is given. Claims whose workload is "
                + "not in it say so, but where they are named it is run as well."))
    var suite: String?

    @Flag(help: "Exit with 1 when a claim is refuted.")
    var strict = false

    @Option(help: "File to write the verdicts to as a page of Markdown.")
    var markdown: String?

    @OptionGroup var options: MeasurementOptions

    func run() throws {
        let chosen = try Installation.claims(
            named: names, file: claims, ofRun: from != nil)
        if let from {
            try options.refuseAll(with: "--from", suite: suite)
            let products = try RunProducts(of: from, claims: chosen)
            return try finish(products.verdicts, source: products.source)
        }
        let selection = try selection(for: chosen)
        guard !selection.items.isEmpty else {
            let machine = try Detection.machine(.running, directory: options.session.path)
            return try finish(
                Judge(chosen.library, facts: Facts(of: machine))
                    .verdicts(on: [], of: chosen.includes),
                source: [MachineDescription(machine).summary])
        }
        let outcome = try Measuring(options).run(
            selection, suite: selection.suite?.name.value, tag: "validate", claims: chosen)
        guard let outcome else { return }
        try finish(outcome.products.verdicts, source: outcome.products.source)
        try outcome.throwIfIncomplete()
    }

    /// The workloads that the claims need, as the suite has them. Who names claims, or gives a file of them,
    /// wants them judged, whatever is in it.
    private func selection(for chosen: ChosenClaims) throws -> Selection {
        let catalogue = try Installation.catalogue()
        let areNamed = !names.isEmpty || claims != nil
        return try Installation.input { () throws(InputProblems) in
            try catalogue.selection(
                needed: chosen.workloads, suite: suite ?? "quick",
                withOthers: areNamed && suite == nil)
        }
    }

    private func finish(_ verdicts: [VerdictRecord], source: [String]) throws {
        if let markdown {
            try RunFiles.write(ClaimsPage(verdicts, source: source).text, to: markdown)
        }
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
