import Foundation
import Measurement

/// Makes a reference of a run's folder: see `ReferenceRun`.
public struct ReferenceWriter {
    /// The most bytes that a reference may have.
    public static let greatestSize = 6_600_000
    /// What histograms leave of that: verdicts that are made again, by other claims, may be longer.
    private static let roomForVerdicts = 100_000

    /// The run without paths and names of the machine: what derived files must be made of.
    public let run: Run

    private let folder: String
    private let names: MachineNames
    private let sums: Checksums

    /// What a reference came to.
    public struct Summary: Sendable {
        /// Its bytes, all files together.
        public let size: Int
        /// How many raw files were left out.
        public let leftOut: Int
    }

    /// Reads the run in `folder`, which must have its sums: whatever is published was checked.
    public init(of folder: String, names: MachineNames) throws(RunError) {
        self.folder = folder
        self.names = names
        sums = try Checksums(reading: folder)
        let measured = try RunReader.read(folder)
        let read = [RunFiles.manifest, RunFiles.environment, RunFiles.samples]
        let histograms = measured.manifest.histograms.map { "histograms/\($0.file)" }
        for name in read + histograms where sums.sums[name] == nil {
            throw .damaged(
                path: "\(folder)/\(Checksums.file)",
                reason: "it has no sum of '\(name)', which a reference is made of")
        }
        do {
            let environment = try Scrubbing.scrubbed(
                RunEnvironment(machine: measured.machine, checkups: measured.checkups), names)
            let (samples, distributions) = try ReferenceWriter.renamed(measured, names)
            run = Run(
                manifest: try Scrubbing.scrubbed(measured.manifest, names),
                machine: environment.machine,
                samples: samples, distributions: distributions,
                checkups: environment.checkups)
        } catch let error as RunError {
            throw error
        } catch {
            throw .damaged(
                path: folder, reason: "it does not read back without machine's names: \(error)")
        }
    }

    /// Writes the reference, with the files `derived` from `run`, to `destination`: a folder that is not
    /// there, or an earlier reference, which is replaced.
    ///
    /// - Throws: also when it would be larger than `greatestSize` without any histogram.
    public func write(
        _ derived: [RunFiles.Content], to destination: String
    ) throws(RunError) -> Summary {
        var destination = destination
        while destination.count > 1, destination.hasSuffix("/") { destination.removeLast() }
        let isThere = FileManager.default.fileExists(atPath: destination)
        guard !isThere || ReferenceRun.isReference(destination) else {
            throw .system(
                operation: "replace", path: destination,
                reason: "it is there and is not a reference")
        }
        let temporary = ReferenceWriter.temporaryName(beside: destination)
        do throws(RunError) {
            let summary = try fill(temporary, derived)
            try ReferenceWriter.put(temporary, in: destination)
            return summary
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        }
    }

    /// A hidden name in the directory of `path` that nothing has.
    private static func temporaryName(beside path: String) -> String {
        let url = URL(fileURLWithPath: path)
        let directory = url.deletingLastPathComponent().path
        return "\(directory)/.\(url.lastPathComponent).\(UUID().uuidString).partial"
    }

    /// Gives the folder `fresh` the name `destination`. What has it is put aside first and removed last,
    /// so that one of the two is whole at any time, and gets its name back where the new one cannot have
    /// it.
    static func put(_ fresh: String, in destination: String) throws(RunError) {
        guard FileManager.default.fileExists(atPath: destination) else {
            return try RunFiles.rename(fresh, to: destination)
        }
        let old = temporaryName(beside: destination)
        try RunFiles.rename(destination, to: old)
        do throws(RunError) {
            try RunFiles.rename(fresh, to: destination)
        } catch {
            try RunFiles.rename(old, to: destination)
            throw error
        }
        try? FileManager.default.removeItem(atPath: old)
    }

    /// Samples and distributions with the parameters that the scrubbed manifest has: a command that was
    /// measured may have been named by its path.
    private static func renamed(
        _ run: Run, _ names: MachineNames
    ) throws(RunError) -> ([SampleSeries], [Run.Distribution]) {
        var renamed: [FigureKey: FigureKey] = [:]
        for key in Set(run.samples.map(\.key)).union(run.distributions.map(\.key)) {
            renamed[key] = names.scrubbed(key: key)
        }
        guard Set(renamed.values).count == renamed.count else {
            throw .system(
                operation: "make a reference of", path: run.manifest.run,
                reason: "figures differ by a path alone, which a reference does not name")
        }
        return (
            run.samples.map { $0.with(key: renamed[$0.key] ?? $0.key) },
            run.distributions.map {
                Run.Distribution(
                    key: renamed[$0.key] ?? $0.key, fork: $0.fork, distribution: $0.distribution)
            }
        )
    }

    private func fill(
        _ folder: String, _ derived: [RunFiles.Content]
    ) throws(RunError) -> Summary {
        try RunFiles.createDirectory("\(folder)/histograms")
        for file in derived { try RunFiles.write(file.data, to: "\(folder)/\(file.path)") }
        try RunFiles.writeJSON(
            RunEnvironment(machine: run.machine, checkups: run.checkups),
            to: "\(folder)/\(RunFiles.environment)")
        let summary = ReferenceWriter.summary(of: run.manifest)
        try RunFiles.writeJSON(summary, to: "\(folder)/\(RunFiles.manifest)")
        let room = ReferenceWriter.greatestSize - ReferenceWriter.size(of: folder)
        let spared = ReferenceWriter.roomForSums + ReferenceWriter.roomForVerdicts
        let kept = try keepHistograms(in: folder, room: room - spared)
        var manifest = summary
        manifest.histograms.removeAll { !kept.contains($0.file) }
        try RunFiles.writeJSON(manifest, to: "\(folder)/\(RunFiles.manifest)")
        let leftOut = sums.only { path in
            path == RunFiles.samples
                || path.hasPrefix("histograms/")
                    && !kept.contains(String(path.dropFirst("histograms/".count)))
        }
        try RunFiles.write(leftOut.text, to: "\(folder)/\(ReferenceRun.leftOutFile)")
        try Checksums(of: folder).write(to: folder)
        let size = ReferenceWriter.size(of: folder)
        guard size <= ReferenceWriter.greatestSize else {
            throw .system(
                operation: "write", path: folder,
                reason: "it would have \(size) bytes, the most is \(ReferenceWriter.greatestSize)")
        }
        return Summary(size: size, leftOut: leftOut.sums.count)
    }

    /// The manifest without what is said elsewhere or again: the figures carry the doubts that their
    /// processes raised, and a note that each process of a workload makes is the first's.
    private static func summary(of manifest: Manifest) -> Manifest {
        var manifest = manifest
        var said: [Int: Set<String>] = [:]
        for index in manifest.forks.indices {
            manifest.forks[index].doubts = []
            let workload = manifest.forks[index].workload
            manifest.forks[index].notes.removeAll { note in
                !said[workload, default: []].insert(note).inserted
            }
        }
        return manifest
    }

    /// Sums take a line of some hundred bytes a file.
    private static let roomForSums = 60_000

    /// Copies histograms of all forks together, the smallest first, as far as there is room; gives their
    /// names.
    private func keepHistograms(in target: String, room: Int) throws(RunError) -> Set<String> {
        var found: [(name: String, data: Data)] = []
        for file in run.manifest.histograms where file.fork == nil {
            let name = "histograms/\(file.file)"
            let data = try RunFolderFiles.contents("\(folder)/\(name)")
            guard SHA256.hexadecimal(of: data) == sums.sums[name] else {
                throw .altered(path: "\(folder)/\(name)", sums: Checksums.file)
            }
            found.append((file.file, data))
        }
        found.sort { ($0.data.count, $0.name) < ($1.data.count, $1.name) }
        var rest = room
        var kept: Set<String> = []
        for (name, data) in found {
            guard data.count <= rest else { break }
            rest -= data.count
            try RunFiles.write(data, to: "\(target)/histograms/\(name)")
            kept.insert(name)
        }
        return kept
    }

    private static func size(of folder: String) -> Int {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return paths.reduce(0) { total, path in
            let attributes = try? FileManager.default.attributesOfItem(
                atPath: "\(folder)/\(path)")
            guard attributes?[.type] as? FileAttributeType == .typeRegular else { return total }
            return total + (attributes?[.size] as? Int ?? 0)
        }
    }
}
