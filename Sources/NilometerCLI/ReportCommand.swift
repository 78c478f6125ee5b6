import ArgumentParser
import Claims
import Foundation
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
              nilometer report Results/latest --reference Results/reference

            A reference is small enough to commit: figures, verdicts, how and where they were measured,
            and histograms, without raw samples and without names and paths of the machine.
            """)

    @Argument(help: ArgumentHelp("Folder of a run, or of a reference.", valueName: "run"))
    var folder: String

    @Option(
        help: ArgumentHelp(
            "What to make, separated by commas: csv, json, md, junit, gnuplot, html; all that can be "
                + "made when not given."))
    var format: String?

    @Option(help: "A claims file beside the tool's own; its claims are judged.")
    var claims: String?

    @Flag(
        help: ArgumentHelp(
            "Write nothing: check the sums of all files, and make everything again to compare."))
    var verify = false

    @Option(
        help: ArgumentHelp(
            "Write a reference of the run to this folder, and nothing else.",
            valueName: "dir"))
    var reference: String?

    @Option(
        help: ArgumentHelp(
            "With --reference: a name to take out of free text beside those of this machine and its "
                + "user, such as that of the machine that measured. May be repeated.",
            valueName: "name"))
    var hide: [String] = []

    func run() throws {
        guard hide.isEmpty || reference != nil else {
            throw Stop.badInput("--hide: expected only with --reference")
        }
        guard !hide.contains("") else { throw Stop.badInput("--hide: expected a name, got none") }
        if verify || reference != nil {
            guard format == nil else {
                throw Stop.badInput("\(verify ? "--verify" : "--reference") takes no --format")
            }
        }
        if verify {
            guard reference == nil else {
                throw Stop.badInput("--verify writes nothing: expected no --reference")
            }
            return try RunVerification(folder, claims: claims).report()
        }
        if let reference { return try writeReference(to: reference) }
        let formats = try formats()
        let products = try RunProducts(
            of: folder, claims: try Installation.claims(named: [], file: claims))
        try products.write(formats, to: folder)
        Terminal.output(
            "made \(formats.map(\.rawValue).sorted().joined(separator: ", ")) in \(folder)\n")
    }

    private func writeReference(to destination: String) throws {
        let writer = try RunFolder.reading { () throws(RunError) in
            try ReferenceWriter(of: folder, names: .here(and: hide))
        }
        let chosen = try Installation.claims(named: [], file: claims)
        let products = try RunProducts(writer.run, claims: chosen).forReference(chosen)
        let derived = try products.files([.csv, .junit], in: folder)
        let written: ReferenceWriter.Summary
        do {
            written = try writer.write(derived, to: destination)
        } catch {
            if case .system = error { throw Stop.cannot("\(error)") }
            throw Stop.badInput("\(error)")
        }
        Terminal.output(
            "made the reference \(destination): \(written.size) bytes, \(written.leftOut) raw "
                + "files left out\n")
    }

    private func formats() throws -> Set<RunProducts.Format> {
        let all = Set(RunProducts.Format.allCases)
        guard ReferenceRun.isReference(folder) else { return try named() ?? all }
        let possible = RunProducts.Format.ofReferences
        let asked = try named() ?? possible
        guard asked.isSubset(of: possible) else {
            let missing = asked.subtracting(possible).map(\.rawValue).sorted()
            throw Stop.badInput(
                "'\(folder)' is a reference without \(RunFiles.samples), which was left out on "
                    + "purpose: \(missing.joined(separator: ", ")) cannot be made again; expected "
                    + possible.map(\.rawValue).sorted().joined(separator: ", "))
        }
        return asked
    }

    /// The formats that were asked for; `nil` where none was named.
    private func named() throws -> Set<RunProducts.Format>? {
        guard let format else { return nil }
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
        try reading { () throws(RunError) in try RunReader.read(folder) }
    }

    /// Runs `body`, turning what is wrong with a folder into the tool's exit code.
    static func reading<Value>(_ body: () throws(RunError) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            throw Stop.badInput("\(error)")
        }
    }
}
