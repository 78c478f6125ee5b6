import Claims
import Diagnosis
import Foundation
import Hardware
import Measurement
import Reporting
import Runs

/// Everything that is derived from a run: figures, verdicts, tables, pictures, the report.
///
/// The same run gives the same products, byte for byte, whether it has just been measured or was
/// read back from its folder.
struct RunProducts {
    /// The formats that `report --format` names.
    enum Format: String, CaseIterable {
        case csv, json, md, junit, gnuplot, html

        /// What can be made of a reference, whose samples were left out.
        static let ofReferences: Set<Format> = [.csv, .json, .junit]
    }

    let run: Run
    let figures: [Figure]
    let verdicts: [VerdictRecord]
    let expectations: [ExpectationRecord]
    let plots: PlotSet
    let slowdowns: SlowdownSummary

    /// The products of the folder of a run, or of a reference, judged by `claims`.
    init(of folder: String, claims: ChosenClaims) throws {
        if ReferenceRun.isReference(folder) {
            let reference = try RunFolder.reading { () throws(RunError) in
                try ReferenceRun(reading: folder)
            }
            self.init(reference.run, figures: reference.figures, claims: claims)
        } else {
            self.init(try RunFolder.read(folder), claims: claims)
        }
    }

    /// The products of `run`, judged by `claims`.
    init(_ run: Run, claims: ChosenClaims) {
        self.init(
            run,
            figures: FigureDerivation(run.manifest)
                .figures(samples: run.samples, distributions: run.distributions),
            claims: claims)
    }

    private init(_ run: Run, figures: [Figure], claims: ChosenClaims) {
        self.run = run
        self.figures = figures
        slowdowns = SlowdownSummary(run)
        // A command line's own programs are nobody's claim.
        let isAboutCommands = run.manifest.workloads.allSatisfy {
            $0.workload == MeasuredCommands.benchmark && $0.commands != nil
        }
        verdicts =
            isAboutCommands
            ? []
            : Judge(claims.library, facts: Facts(of: run.machine))
                .verdicts(on: figures, of: claims.includes)
        expectations = run.manifest.expectationRecords(among: figures)
        let standing = run.standing
        let merged = Dictionary(grouping: standing.distributions, by: \.key)
            .mapValues { LatencyDistribution(merging: $0.map(\.distribution)) }
        plots = PlotSet(
            manifest: run.manifest, machine: MachineDescription(run.machine).summary,
            figures: figures, samples: standing.samples, setAside: run.setAsideSamples,
            distributions: merged, verdicts: RunVerdicts(verdicts).judged)
    }

    /// The same of the figures that a reference keeps, by which every verdict and every known answer has
    /// to come out the same.
    func forReference(_ claims: ChosenClaims) throws -> RunProducts {
        let kept = RunProducts(
            run, figures: ReferenceFigures(of: run, claims).kept(of: figures), claims: claims)
        guard kept.verdicts == verdicts, kept.expectations == expectations else {
            throw Stop.cannot("a verdict rests on figures that a reference does not keep")
        }
        return kept
    }

    /// Writes the products in `formats` into the run's folder, and brings its file of sums, where
    /// it has one, up to date for what was written.
    ///
    /// Pictures whose data and scripts come out as they are in the folder, and whose own sums are right,
    /// are not drawn again: most of the time of a report would go into the same bytes.
    func write(_ formats: Set<Format>, to folder: String) throws {
        var written: [String] = []
        var drawing: Drawing?
        var sums = Checksums.exist(in: folder) ? try Checksums(reading: folder) : nil
        if formats.contains(.gnuplot) {
            let gnuplot = try Gnuplot()
            let stale = plots.stale(in: "\(folder)/plots") { name in
                sums?.agree(with: "plots/\(name)", in: folder) == true
            }
            try plots.write(to: "\(folder)/plots")
            drawing = stale.beginDrawing(in: "\(folder)/plots", with: gnuplot)
            written += plots.pictures.flatMap { picture in
                ["dat", "gp", "svg", "png"].map { "plots/\(picture.name).\($0)" }
            }
        }
        // Nobody draws on when this ends early.
        defer { try? drawing?.finish() }
        // All but the page, which holds the pictures, is made meanwhile.
        var made = try files(formats.subtracting([.gnuplot, .html]), in: folder)
        try drawing?.finish()
        made += try files(formats.intersection([.html]), in: folder)
        for file in made {
            try RunFiles.write(file.data, to: "\(folder)/\(file.path)")
            written.append(file.path)
        }
        for path in written { try sums?.update(path, in: folder) }
        try sums?.write(to: folder)
    }

    /// What `formats` come to, without the drawn pictures: the page takes those from `folder`.
    func files(_ formats: Set<Format>, in folder: String) throws -> [RunFiles.Content] {
        var files: [RunFiles.Content] = []
        if formats.contains(.csv) { files += RunFiles.tables(figures, verdicts, expectations) }
        if formats.contains(.json) {
            files += try RunFiles.documents(figures, verdicts, expectations)
        }
        if formats.contains(.gnuplot) {
            files += plots.plots.flatMap { plot in
                [("dat", plot.data), ("gp", plot.script)].map {
                    RunFiles.Content(path: "plots/\(plot.picture.name).\($0)", text: $1)
                }
            }
        }
        let content = content
        if formats.contains(.md) {
            files.append(.init(path: "report.md", text: MarkdownReport(content).text))
        }
        if formats.contains(.junit) {
            files.append(.init(path: "junit.xml", text: JUnitReport(content).text))
        }
        if formats.contains(.html) {
            let page = HTMLReport(content, drawings: drawings(in: folder))
            files.append(.init(path: "report.html", text: page.text))
        }
        return files
    }

    /// What reports say.
    private var content: ReportContent {
        ReportContent(
            manifest: run.manifest, machine: machineLines,
            machinePage: MachineDescription(run.machine).page(), checkups: run.checkups,
            figures: figures, verdicts: verdicts, expectations: expectations,
            pictures: plots.pictures, slowdowns: slowdowns.lines)
    }

    /// The pictures that were drawn, by name.
    private func drawings(in folder: String) -> [String: String] {
        var drawings: [String: String] = [:]
        for picture in plots.pictures {
            let path = "\(folder)/plots/\(picture.name).svg"
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            drawings[picture.name] = String(decoding: data, as: UTF8.self)
        }
        return drawings
    }

    /// The machine in a few lines.
    var machineLines: [String] {
        [MachineDescription(run.machine).summary] + [storageLine, trustLine].compactMap { $0 }
            + doctorLines(run.checkups.before, "before") + doctorLines(run.checkups.after, "after")
    }

    /// The serious findings of a look at the machine.
    private func doctorLines(_ checkup: Checkup?, _ moment: String) -> [String] {
        (checkup?.findings ?? []).filter { $0.severity == .serious }.map {
            "serious \(moment) the run: \($0.subject): \($0.measured) (costs "
                + "\($0.cost.description))"
        }
    }

    /// What verdicts on the run rest on, in a few lines.
    var source: [String] { ["run \(run.manifest.run)"] + machineLines }

    private var storageLine: String? {
        let storage = run.machine.storage
        guard let directory = storage.directory.value else { return nil }
        let filesystem = storage.filesystem.value ?? "unknown filesystem"
        let device = storage.device.value ?? "unknown device"
        let durability = storage.durability.value?.rawValue ?? "unknown"
        return "storage under \(directory): \(filesystem) on \(device), a sync reaches: "
            + durability
    }

    private var trustLine: String? {
        guard let reason = run.machine.counters.hardwareEvents.reason else { return nil }
        return "hardware counters: unavailable (\(reason))"
    }
}
