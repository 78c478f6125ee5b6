import ArgumentParser
import Claims
import Reporting
import Runs

/// Makes the reports of a run again.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make figures, verdicts, plots and the report of a run again from its samples.",
        discussion: """
            Examples:
              nilometer report Results/latest
              nilometer report Results/latest --format html,md
              nilometer report Results/latest --verify    # is it what was measured?
            """)

    @Argument(help: ArgumentHelp("Folder of a run.", valueName: "run"))
    var folder: String

    @Option(
        help: ArgumentHelp(
            "What to make, separated by commas: csv, json, md, junit, gnuplot, html."))
    var format: String?

    @Option(help: "A claims file beside the tool's own; its claims are judged.")
    var claims: String?

    @Flag(
        help: ArgumentHelp(
            "Write nothing: check the sums of all files, and make everything again to compare."))
    var verify = false

    func run() throws {
        if verify {
            guard format == nil else { throw Stop.badInput("--verify takes no --format") }
            return try RunVerification(folder, claims: claims).report()
        }
        let formats = try formats()
        let measured = try RunFolder.read(folder)
        let products = RunProducts(
            measured, claims: try Installation.claims(named: [], file: claims))
        try products.write(formats, to: folder)
        Terminal.output(
            "made \(formats.map(\.rawValue).sorted().joined(separator: ", ")) in \(folder)\n")
    }

    private func formats() throws -> Set<RunProducts.Format> {
        guard let format else { return Set(RunProducts.Format.allCases) }
        var formats: Set<RunProducts.Format> = []
        for word in format.split(separator: ",", omittingEmptySubsequences: false) {
            guard let one = RunProducts.Format(rawValue: String(word)) else {
                throw Stop.badInput(
                    "--format: '\(word)' is not a format; expected one of "
                        + RunProducts.Format.allCases.map(\.rawValue).joined(separator: ", "))
            }
            formats.insert(one)
        }
        return formats
    }
}

/// A run's folder read back, with the tool's exit codes.
enum RunFolder {
    /// The run in `folder`.
    static func read(_ folder: String) throws -> Run {
        do {
            return try RunReader.read(folder)
        } catch {
            throw Stop.badInput("\(error)")
        }
    }
}
