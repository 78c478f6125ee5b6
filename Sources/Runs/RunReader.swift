import Foundation
import Hardware
import Measurement

/// Reads a run's folder back, refusing what is missing, truncated, altered or of another schema.
///
/// What cannot be read is named with its line; and where the folder has its file of sums, so is a file
/// whose bytes are no longer those that were measured.
public enum RunReader {
    /// The run in `folder`.
    ///
    /// - Complexity: linear in the bytes of its samples and histograms.
    public static func read(_ folder: String) throws(RunError) -> Run {
        let files = try RunFolderFiles(folder)
        guard !ReferenceRun.isReference(folder) else {
            throw .leftOut(folder: folder, file: RunFiles.samples)
        }
        let manifest = try files.manifest()
        let environment = try files.environment()
        let samples = try files.samples(of: manifest)
        let distributions = try files.distributions(of: manifest)
        return Run(
            manifest: manifest, machine: environment.machine, samples: samples,
            distributions: distributions, checkups: environment.checkups)
    }

    /// The claims that `verdicts.csv` in `folder` has a row for, in its order.
    public static func verdictNames(in folder: String) throws(RunError) -> [String] {
        let path = "\(folder)/\(RunFiles.verdicts).csv"
        let bytes = Array(try RunFolderFiles.contents(path))
        do {
            return try CSV.records(of: bytes, header: VerdictRecord.header).map { $0.fields[0] }
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }
}
