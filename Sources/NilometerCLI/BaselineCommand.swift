import ArgumentParser
import Hardware
import Measurement
import Quantities
import Regression
import Runs

/// Keeps baselines.
struct BaselineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "Keep runs as baselines: small files, fit to commit.",
        discussion: """
            Examples:
              nilometer baseline save main                   # of Results/latest
              nilometer baseline save v1.2 Results/20260102T030405Z-quick
              nilometer baseline list
              nilometer baseline show main
              nilometer baseline remove v1.2
            """,
        subcommands: [
            BaselineSaveCommand.self, BaselineListCommand.self, BaselineShowCommand.self,
            BaselineRemoveCommand.self,
        ])

    /// Runs `body`, turning what is wrong with a baseline into the tool's exit codes.
    static func reading<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as BaselineError {
            if case .system = error { throw Stop.cannot("\(error)") }
            throw Stop.badInput("\(error)")
        }
    }
}

/// The options of every verb about baselines.
struct BaselineOptions: ParsableArguments {
    @Option(help: "Directory of the baselines.")
    var dir = CompareSources.usualDirectory

    var store: BaselineStore { BaselineStore(directory: dir) }
}

/// Makes a baseline of a run.
struct BaselineSaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Make a baseline of a run.")

    @Argument(help: "The baseline's name.")
    var name: String

    @Argument(help: ArgumentHelp("Folder of the run.", valueName: "run"))
    var folder = "Results/latest"

    @OptionGroup var options: BaselineOptions

    @Flag(help: "Replace a baseline of that name.")
    var force = false

    func run() throws {
        let (path, fewest) = try BaselineCommand.reading {
            // The name first: reading a run takes time.
            _ = try options.store.path(of: name)
            let baseline = Baseline(try RunFolder.read(folder), name: name)
            guard !baseline.figures.isEmpty else {
                throw Stop.badInput(
                    "'\(folder)' has no metric that can be compared: none of them says whether "
                        + "more or less of it is better")
            }
            let fewest = try baseline.side().figures.filter { !$0.isExact }.map(\.forks.count).min()
            return (try options.store.save(baseline, replacing: force), fewest)
        }
        let needed = ComparisonRule().forksNeeded
        if let fewest, fewest < needed {
            Terminal.error(
                "nilometer: some figures are of \(fewest) processes, \(needed) are needed to show "
                    + "anything; run with --forks \(ComparisonRule.usualForks)")
        }
        Terminal.output("kept '\(folder)' as \(path)\n")
    }
}

/// Lists baselines.
struct BaselineListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the baselines that there are.")

    @OptionGroup var options: BaselineOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    private struct Row: Encodable {
        let name: String
        let run: String?
        let start: String?
        let commit: String?
        let figures: Int?
        /// Why it cannot be read; absent when it can.
        let problem: String?

        init(_ entry: BaselineStore.Entry) {
            let baseline = try? entry.content.get()
            name = entry.name
            run = baseline?.run
            start = baseline?.start
            commit = baseline?.commit
            figures = baseline?.figures.count
            if case .failure(let error) = entry.content {
                problem = "\(error)"
            } else {
                problem = nil
            }
        }

        var line: String {
            if let problem { return "\(name)  \(problem)" }
            let parts = [start, commit.map { "commit \($0)" }, run].compactMap { $0 }
            return "\(name)  \(parts.joined(separator: "  "))  \(figures ?? 0) figures"
        }
    }

    private struct Listing: Encodable {
        let schema = "nilometer/baselines/1"
        let rows: [Row]
    }

    func run() throws {
        let rows = try BaselineCommand.reading { try options.store.entries().map(Row.init) }
        if json { return try Terminal.output(json: Listing(rows: rows)) }
        for row in rows { Terminal.output("\(row.line)\n") }
        if rows.isEmpty {
            Terminal.error("nilometer: there is no baseline in '\(options.dir)'")
        }
    }
}

/// Shows a baseline.
struct BaselineShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a baseline holds.")

    @Argument(help: "The baseline's name.")
    var name: String

    @OptionGroup var options: BaselineOptions

    @Flag(help: "Print one JSON document: the baseline itself.")
    var json = false

    func run() throws {
        let (baseline, side) = try BaselineCommand.reading {
            let baseline = try options.store.read(name)
            return (baseline, try baseline.side())
        }
        if json { return try Terminal.output(json: baseline) }
        Terminal.output(
            """
            \(name): run \(side.run), \(side.start), commit \(side.commit ?? "unknown")
            tool \(side.tool), method \(side.method), seed \(side.seed)
            machine: \(side.fingerprint.processorModel ?? "unknown processor"), \
            \(side.fingerprint.usableCores.map { "\($0)" } ?? "an unknown number of") cores
            smallest detectable effect: \
            \(side.detectableEffect.map { "\($0)" } ?? "unknown")

            """)
        for planned in side.workloads {
            Terminal.output(
                "  \(planned.workload)  \(planned.forks) × \(Nanoseconds(planned.time))  "
                    + "\(planned.profile)  \(planned.parameters)\n")
        }
        for figure in side.figures {
            Terminal.output(
                "  \(figure.identity): \(Presentation.significant(figure.center, digits: 4)) "
                    + "\(figure.identity.unit), \(figure.forks.count) forks\n")
        }
    }
}

/// Removes a baseline.
struct BaselineRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a baseline.")

    @Argument(help: "The baseline's name.")
    var name: String

    @OptionGroup var options: BaselineOptions

    func run() throws {
        try BaselineCommand.reading { try options.store.remove(name) }
        Terminal.output("removed \(name)\n")
    }
}
