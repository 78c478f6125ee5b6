import Claims
import Diagnosis
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
        case csv, json, md, gnuplot
    }

    let run: Run
    let figures: [Figure]
    let verdicts: [VerdictRecord]
    let expectations: [ExpectationRecord]
    let plots: PlotSet

    /// The products of `run`, judged by `claims`.
    init(_ run: Run, claims: ChosenClaims) {
        self.run = run
        figures = FigureDerivation(run.manifest)
            .figures(samples: run.samples, distributions: run.distributions)
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
        var merged: [FigureKey: LatencyDistribution] = [:]
        let standing = run.standing
        for one in standing.distributions {
            merged[one.key, default: LatencyDistribution()].merge(one.distribution)
        }
        plots = PlotSet(
            manifest: run.manifest, machine: MachineDescription(run.machine).summary,
            figures: figures, samples: standing.samples, distributions: merged,
            verdicts: RunVerdicts(verdicts).judged)
    }

    /// Writes the products in `formats` into the run's folder.
    func write(_ formats: Set<Format>, to folder: String) throws {
        if formats.contains(.csv) {
            try RunFiles.writeTables(figures, verdicts, expectations, in: folder)
        }
        if formats.contains(.json) {
            try RunFiles.writeDocuments(figures, verdicts, expectations, in: folder)
        }
        if formats.contains(.md) { try RunFiles.write(report, to: "\(folder)/report.md") }
        if formats.contains(.gnuplot) {
            let gnuplot = try Gnuplot()
            try plots.write(to: "\(folder)/plots")
            try plots.draw(in: "\(folder)/plots", with: gnuplot)
        }
    }

    /// The text of `report.md`.
    private var report: String {
        MarkdownReport(
            manifest: run.manifest, machine: machineLines, figures: figures, verdicts: verdicts,
            expectations: expectations, pictures: plots.pictures
        ).text
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
