import Foundation
public import Hardware

/// A run that is kept for reference: its figures and verdicts, how it was made and where, without its
/// raw samples. Small enough to commit.
///
/// The folder is that of a run, with `left-out.sha256`: the sums of the raw files that it does not hold,
/// so that whoever has them can see that they are the ones (`sha256sum -c left-out.sha256`). Figures
/// cannot be derived again from it; verdicts and tables can.
public struct ReferenceRun: Sendable {
    /// Name of the file of the sums of what was left out.
    public static let leftOutFile = "left-out.sha256"

    /// What was run and how. Of the histograms it names those of all forks together that were kept.
    public let manifest: Manifest
    /// The machine that it ran on.
    public let machine: Machine
    /// What the doctor found before and after.
    public let checkups: RunCheckups
    /// The rows of `results.csv`.
    public let figures: [Figure]
    /// The raw files that were left out.
    public let leftOut: Checksums

    /// Whether `folder` is a reference.
    public static func isReference(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(leftOutFile)")
    }

    /// The reference in `folder`; every file that is read is checked against its sum.
    public init(reading folder: String) throws(RunError) {
        let files = try RunFolderFiles(folder)
        leftOut = try Checksums(reading: folder, ReferenceRun.leftOutFile)
        manifest = try files.manifest()
        let environment = try files.environment()
        machine = environment.machine
        checkups = environment.checkups
        figures = try files.table("\(RunFiles.results).csv", Figure.figures)
    }

    /// The run as far as it is known: without samples and distributions.
    public var run: Run {
        Run(
            manifest: manifest, machine: machine, samples: [], distributions: [],
            checkups: checkups)
    }
}
