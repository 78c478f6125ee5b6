import ArgumentParser
import Foundation
import Hardware
import Regression
import Reporting
import Runs
import Workloads

/// Shows how figures went over the runs that there are.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show figures over runs, and where they changed.",
        discussion: """
            Examples:
              nilometer history                          # every figure of Results/ and Baselines/
              nilometer history 'ring.lookup.*'          # WORKLOAD.METRIC, with * and ?
              nilometer history --results Archive --json
              nilometer history ring.lookup.time --plot lookup.svg

            Runs of other machines or methods than the newest's are left out and named.
            """)

    @Argument(
        help: ArgumentHelp(
            "Figures: WORKLOAD.METRIC, or a glob; all when none is named.", valueName: "metric"))
    var pattern: String?

    @Option(help: "Directory of the runs' folders.")
    var results = "Results"

    @Option(help: "Directory of the baselines.")
    var dir = CompareSources.usualDirectory

    @Flag(help: "Print one JSON document.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Draw the figures, those that changed first, into FILE.svg or FILE.png.",
            valueName: "file"))
    var plot: String?

    func run() throws {
        if let plot, !plot.hasSuffix(".svg"), !plot.hasSuffix(".png") {
            throw Stop.badInput("--plot: '\(plot)' ends neither in '.svg' nor in '.png'")
        }
        var sources = HistorySources()
        try sources.addRuns(below: results)
        try BaselineCommand.reading { try sources.addBaselines(in: dir) }
        let chosen = HistorySelection(sources.sides)
        guard let newest = chosen.sides.last else {
            let problems = sources.problems.map { ": \($0)" }.joined()
            throw Stop.badInput("there is no run in '\(results)' or '\(dir)'\(problems)")
        }
        let glob = pattern.map { NamePattern($0) }
        let histories = MetricHistory.all(of: chosen.sides) { glob?.matches($0) ?? true }
        if histories.isEmpty, let pattern {
            let names = Set(newest.figures.map { MetricHistory.name(of: $0.identity) }).sorted()
            throw Stop.badInput(
                "no run has a figure '\(pattern)'; expected WORKLOAD.METRIC, such as "
                    + "\(names.prefix(3).joined(separator: ", "))")
        }
        if let plot { try draw(histories, chosen.sides, to: plot) }
        let remarks = chosen.remarks + sources.problems
        if json {
            return try Terminal.output(
                json: Document(
                    runs: chosen.sides.map(\.run), remarks: remarks, histories: histories))
        }
        Terminal.output(HistoryTable(histories).text(style: Terminal.tableStyle))
        for remark in remarks { Terminal.output("\(remark)\n") }
    }

    private func draw(
        _ histories: [MetricHistory], _ sides: [MeasuredSide], to path: String
    ) throws {
        let series = HistoryPicture.chosen(histories).map {
            HistoryPicture.Series($0, intervals: $0.intervals(among: sides))
        }
        guard !series.isEmpty, let newest = sides.last else {
            throw Stop.badInput(
                "--plot: nothing to draw in '\(path)': no figure says whether more or less of it is "
                    + "better")
        }
        let picture = HistoryPicture(
            series, runs: sides.map(\.run), total: histories.count,
            machine: "\(newest.fingerprint.line), method \(newest.method)")
        do {
            try picture.draw(to: path, with: Gnuplot())
        } catch {
            throw Stop.cannot("\(error)")
        }
    }

    private struct Document: Encodable {
        let schema = "nilometer/history/1"
        let runs: [String]
        let remarks: [String]
        let histories: [MetricHistory]
    }
}

/// The runs and baselines of a history, and what could not be read.
struct HistorySources {
    /// What was read.
    private(set) var sides: [MeasuredSide] = []
    /// What was not, and why, a line each.
    private(set) var problems: [String] = []

    /// Adds every run's folder below `directory`. Passed over is what is none and what is not meant for
    /// a history: links and files, hidden folders, and references, which have no samples. A directory
    /// that is not there has no runs.
    mutating func addRuns(below directory: String) throws {
        guard CompareSources.isDirectory(directory) == true else {
            if CompareSources.isDirectory(directory) == false {
                throw Stop.badInput("'\(directory)' is not a directory of runs")
            }
            return
        }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            throw Stop.cannot("cannot list '\(directory)': \(error.localizedDescription)")
        }
        var folders: [String] = []
        for name in names {
            let path = "\(directory)/\(name)"
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            guard attributes?[.type] as? FileAttributeType == .typeDirectory else { continue }
            if RunWriter.isUnfinished(name) {
                problems.append("left out: '\(path)' is of a run that did not end")
            } else if !name.hasPrefix("."), !ReferenceRun.isReference(path) {
                folders.append(path)
            }
        }
        for result in MeasuredSide.sides(of: folders) {
            do {
                sides.append(try result.get())
            } catch {
                problems.append("left out: \(error)")
            }
        }
    }

    /// Adds every baseline in `directory`.
    mutating func addBaselines(in directory: String) throws {
        for entry in try BaselineStore(directory: directory).entries() {
            do {
                sides.append(try entry.content.get().side())
            } catch {
                problems.append("left out: \(error)")
            }
        }
    }
}

extension Fingerprint {
    /// The machine in one line, from the facts that must agree within a history.
    fileprivate var line: String {
        [
            processorModel, usableCores.map { $0 == 1 ? "1 core" : "\($0) cores" }, virtualisation,
            kernelMajorVersion.map { "Linux \($0)" },
        ].compactMap(\.self).joined(separator: ", ")
    }
}
