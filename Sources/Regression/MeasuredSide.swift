import Foundation
import Hardware
import Measurement
import Runs
import Statistics
import Synchronization

/// One side of a comparison: a run, or the baseline that was made of one.
public struct MeasuredSide: Sendable {
    /// What it is called where people read: the folder, the file, the baseline's name.
    public let name: String
    /// The run that it comes from.
    public let run: String
    /// Version of the tool that measured it.
    public let tool: String
    /// Commit of the measured build; `nil` when it was not known.
    public let commit: String?
    /// When the run began, ISO 8601 in UTC.
    public let start: String
    /// Seed of the run.
    public let seed: UInt64
    /// Version of the methods.
    public let method: Int
    /// The facts of the machine that must agree.
    public let fingerprint: Fingerprint
    /// What was measured, with everything that it takes to measure it again.
    public let workloads: [PlannedWorkload]
    /// What comparisons of a thing with itself showed of the machine; `nil` where there were too few.
    public let detectableEffect: DetectableEffect?
    /// What was measured.
    public private(set) var figures: [ForkedFigure]
    /// What a reader of the comparison should know of this side.
    public let remarks: [String]
    private let excesses: [WorkloadIdentity: Double]
    /// Why a counter that was asked for counted nothing, by its name in results.
    public private(set) var refusals: [String: String] = [:]

    /// A side with these parts.
    public init(
        name: String, run: String, tool: String, commit: String?, start: String, seed: UInt64,
        method: Int, fingerprint: Fingerprint, workloads: [PlannedWorkload],
        detectableEffect: DetectableEffect?, figures: [ForkedFigure], remarks: [String] = [],
        excesses: [Double] = []
    ) {
        self.name = name
        self.run = run
        self.tool = tool
        self.commit = commit
        self.start = start
        self.seed = seed
        self.method = method
        self.fingerprint = fingerprint
        self.workloads = workloads
        self.detectableEffect = detectableEffect
        self.figures = figures
        self.remarks = remarks
        self.excesses = Dictionary(
            zip(workloads.map(WorkloadIdentity.init), excesses), uniquingKeysWith: max)
    }

    /// The side that `run` is, under `name`.
    ///
    /// - Complexity: O(samples · log samples).
    public init(_ run: Run, name: String) {
        let manifest = run.manifest
        let failed = manifest.forks.count { $0.failure != nil }
        var remarks: [String] = []
        if manifest.ending == .interrupted { remarks.append("\(name) was interrupted") }
        if failed > 0 { remarks.append("\(failed) processes of \(name) gave nothing") }
        self.init(
            name: name, run: manifest.run, tool: manifest.tool, commit: manifest.commit,
            start: manifest.start, seed: manifest.seed, method: manifest.method,
            fingerprint: run.machine.fingerprint, workloads: manifest.workloads,
            detectableEffect: try? SlowdownTally(run).detectableEffect(),
            figures: ForkedFigure.all(of: run), remarks: remarks, excesses: manifest.excesses)
        for note in manifest.forks.flatMap(\.notes) {
            guard let (name, reason) = MeasuredSide.refusal(in: note) else { continue }
            refusals[name] = reason
        }
    }

    /// How much longer than its time a process of the workload took, to set up what it measured or to end a
    /// round that it had begun, in nanoseconds: the median; 0 where that is unknown.
    public func excess(of planned: PlannedWorkload) -> Double {
        excesses[WorkloadIdentity(planned)] ?? 0
    }

    /// The counter and the reason of a note that it is unavailable.
    private static func refusal(in note: String) -> (name: String, reason: String)? {
        let begin = CounterMetrics.notePrefix
        let middle = " unavailable: "
        guard note.hasPrefix(begin), let place = note.firstRange(of: middle) else { return nil }
        let name = note[..<place.lowerBound].dropFirst(begin.count)
        return (String(name), String(note[place.upperBound...]))
    }

    /// The sides that the runs in `folders` are, each under its path or with what is wrong with it; as
    /// many at a time are read as there are processors.
    public static func sides(of folders: [String]) -> [Result<MeasuredSide, RunError>] {
        let found = Mutex([Result<MeasuredSide, RunError>?](repeating: nil, count: folders.count))
        DispatchQueue.concurrentPerform(iterations: folders.count) { index in
            let result = Result { () throws(RunError) in
                MeasuredSide(try RunReader.read(folders[index]), name: folders[index])
            }
            found.withLock { $0[index] = result }
        }
        return found.withLock { $0.compactMap(\.self) }
    }

    /// The side with the figures of `workloads` alone: for a comparison that measured only these.
    public func only(_ workloads: [PlannedWorkload]) -> MeasuredSide {
        var copy = self
        let asked = workloads.map { (name: $0.workload, profile: $0.profile, of: $0.parameters) }
        copy.figures = figures.filter { figure in
            let key = figure.identity.key
            return asked.contains { one in
                one.name == key.workload && one.profile == key.profile
                    && one.of.pairs.allSatisfy { pair in
                        key.parameters[pair.key].map { $0 == pair.value } ?? true
                    }
            }
        }
        return copy
    }
}

extension Manifest {
    /// How much longer than its time a process of each workload took, in nanoseconds: the median; 0 where none
    /// took longer, or none came to an end.
    var excesses: [Double] {
        let processes = Dictionary(grouping: forks, by: \.workload)
        return workloads.enumerated().map { index, planned in
            let taken = (processes[index] ?? []).compactMap(\.measuredTime)
            return taken.isEmpty
                ? 0 : max(0, SampleDistribution(taken).quantile(0.5) - planned.time)
        }
    }
}

/// What tells one planned workload of a run from the others, however often and long it is measured.
private struct WorkloadIdentity: Hashable {
    let workload: String
    let parameters: ParameterSet
    let profile: String

    init(_ planned: PlannedWorkload) {
        (workload, parameters, profile) = (planned.workload, planned.parameters, planned.profile)
    }
}
