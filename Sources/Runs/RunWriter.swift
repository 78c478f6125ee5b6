import Diagnosis
import Foundation
import Glibc
import Hardware
import Measurement

/// Writes a run's folder while the run goes on.
///
/// Everything goes to `.<name>.partial` beside the final folder; what a fork measured is on file
/// when the next fork starts, together with a manifest that describes it, so a killed run leaves
/// a readable folder behind. In runs of thousands of forks the manifest follows some seconds behind,
/// so that writing it never takes more than a twentieth of the time; the samples of a fork that it does
/// not name yet are left out when such a folder is read. `publish` renames it and points `latest` at it.
public final class RunWriter {
    /// The manifest as it stands.
    public private(set) var manifest: Manifest
    /// The folder that is being written.
    public let folder: String
    /// Raw samples so far.
    public private(set) var samples: [SampleSeries] = []
    /// Latency distributions so far.
    public private(set) var distributions: [Run.Distribution] = []

    private let results: String
    private var environment: RunEnvironment
    private let sampleFile: FileHandle
    /// When the manifest was last written, and how long that took, in nanoseconds.
    private var lastWrite: (end: UInt64, cost: UInt64) = (0, 0)

    /// Starts a folder under `results`, which is created if need be. The manifest's run name is
    /// extended by a number when a folder of that name exists. `before` is what the doctor found
    /// before the first fork.
    public init(
        results: String, manifest: Manifest, machine: Machine, before: Checkup? = nil
    ) throws(RunError) {
        self.results = results
        environment = RunEnvironment(machine: machine, checkups: RunCheckups(before: before))
        var named = manifest
        named.run = RunWriter.freeName(manifest.run, in: results)
        self.manifest = named
        folder = "\(results)/\(RunWriter.unfinished(named.run))"
        try RunFiles.createDirectory("\(folder)/histograms")
        let path = "\(folder)/\(RunFiles.samples)"
        try RunFiles.write(Data(CSV.line(SampleSeries.header).utf8), to: path)
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw .system(operation: "open", path: path, reason: RunFiles.errnoText())
        }
        sampleFile = handle
        try RunFiles.seekToEnd(handle, path)
        try writeEnvironment()
        try writeManifest()
    }

    /// The folder's name until the run `name` is published.
    private static func unfinished(_ name: String) -> String { ".\(name).partial" }

    /// Whether a folder is called as that of a run is until it is published.
    public static func isUnfinished(_ name: String) -> Bool {
        name.hasPrefix(".") && name.hasSuffix(".partial")
    }

    /// Adds what a fork gave.
    public func add(_ record: ForkRecord, of turn: Schedule.Turn) throws(RunError) {
        let planned = manifest.workloads[turn.workload]
        let fresh = record.series.map {
            SampleSeries(
                $0, workload: planned.workload, profile: planned.profile, fork: turn.fork)
        }.filter { $0.count > 0 }
        let text = fresh.map(\.rows).joined()
        try RunFiles.append(Data(text.utf8), to: sampleFile, "\(folder)/\(RunFiles.samples)")
        samples += fresh
        for one in record.distributions {
            try add(one, planned: planned, fork: turn.fork)
        }
        manifest.forks.append(Manifest.ForkSummary(turn, record))
        for expectation in record.expectations {
            let expected = ExpectedFigure(expectation, of: planned)
            if manifest.expectations?.contains(expected) == false {
                manifest.expectations?.append(expected)
            }
        }
        manifest.overhead.measured += record.measuredTime
        try writeManifestWhenDue()
    }

    /// Takes a fork out of the figures; its samples stay on file.
    public func setAside(_ aside: TurnQueue.SetAside) throws(RunError) {
        let turn = aside.turn
        guard
            let index = manifest.forks.firstIndex(where: {
                $0.workload == turn.workload && $0.fork == turn.fork
            })
        else {
            preconditionFailure("fork \(turn.fork) of workload \(turn.workload) was not added")
        }
        manifest.forks[index].setAside = aside.reason
        try writeManifestWhenDue()
    }

    /// Notes that a fork gave nothing, and why.
    public func addFailure(_ reason: String, of turn: Schedule.Turn) throws(RunError) {
        manifest.forks.append(Manifest.ForkSummary(turn, failure: reason))
        try writeManifestWhenDue()
    }

    /// Writes the merged histograms and the final manifest, and gives the run. `after` is what the
    /// doctor found after the last fork.
    public func finish(
        ending: Session.Ending, end: String, wall: Double, after: Checkup? = nil
    ) throws(RunError) -> Run {
        if let after {
            environment.checkups.after = after
            try writeEnvironment()
        }
        manifest.ending = ending
        manifest.end = end
        manifest.overhead.wall = wall
        let aside = SetAsideForks(manifest)
        let standing = distributions.filter { !aside.contain($0.fork, of: $0.key) }
        let byKey = Dictionary(grouping: standing, by: \.key)
        for (key, parts) in byKey.sorted(by: { $0.key < $1.key }) {
            let merged = LatencyDistribution(merging: parts.map(\.distribution))
            try write(merged, key: key, fork: nil)
        }
        try writeManifest()
        return Run(
            manifest: manifest, machine: environment.machine, samples: samples,
            distributions: distributions, checkups: environment.checkups)
    }

    /// Sums up every file, gives the folder its final name and points `latest` at it; returns the
    /// folder's path.
    public func publish() throws(RunError) -> String {
        try? sampleFile.close()
        try Checksums(of: folder).write(to: folder)
        let final = "\(results)/\(manifest.run)"
        try RunFiles.rename(folder, to: final)
        try RunFiles.pointLatest(in: results, at: manifest.run)
        return final
    }

    /// Removes the unfinished folder: for a run that measured nothing.
    public func discard() {
        try? sampleFile.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func add(
        _ record: DistributionRecord, planned: PlannedWorkload, fork: Int
    ) throws(RunError) {
        let key = FigureKey(
            workload: planned.workload, parameters: record.parameters, profile: planned.profile,
            metric: record.metric)
        distributions.append(
            Run.Distribution(key: key, fork: fork, distribution: record.distribution))
        try write(record.distribution, key: key, fork: fork)
    }

    private func write(
        _ distribution: LatencyDistribution, key: FigureKey, fork: Int?
    ) throws(RunError) {
        let number = manifest.histograms.count
        let suffix = fork.map { "fork\($0)" } ?? "all"
        let file = "\(key.workload)-\(number)-\(suffix).hgrm"
        try RunFiles.write(
            Data(PercentileFile(distribution).text.utf8), to: "\(folder)/histograms/\(file)")
        manifest.histograms.append(
            Manifest.HistogramFile(file: file, key: key, fork: fork))
    }

    private func writeEnvironment() throws(RunError) {
        try RunFiles.writeJSON(environment, to: "\(folder)/\(RunFiles.environment)")
    }

    private func writeManifest() throws(RunError) {
        let start = TickClock.monotonicRaw()
        try RunFiles.writeJSON(manifest, to: "\(folder)/\(RunFiles.manifest)")
        let end = TickClock.monotonicRaw()
        lastWrite = (end, end - start)
    }

    /// Writes the manifest unless it is long and was just written: it grows with every fork, and
    /// writing it after each would take a time that grows with the square of their number.
    private func writeManifestWhenDue() throws(RunError) {
        let isShort = lastWrite.cost < 10_000_000
        guard isShort || TickClock.monotonicRaw() - lastWrite.end > 20 * lastWrite.cost else {
            return
        }
        try writeManifest()
    }

    private static func freeName(_ name: String, in results: String) -> String {
        var candidate = name
        var number = 2
        while FileManager.default.fileExists(atPath: "\(results)/\(candidate)")
            || FileManager.default.fileExists(atPath: "\(results)/\(unfinished(candidate))")
        {
            candidate = "\(name)-\(number)"
            number += 1
        }
        return candidate
    }
}
