import Benchmarks
import Counters
import Diagnosis
import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import Runs

/// Measures a plan into a run's folder, with progress, and ends cleanly when asked to stop.
struct MeasurementRun {
    let plan: [PlannedWorkload]
    let seed: Seed
    let machine: Machine
    let profiles: [Manifest.ResolvedProfile]
    let suite: String?
    /// Last part of the folder's name.
    let tag: String
    /// Directory that holds the runs' folders.
    let results: String
    /// Directory that storage workloads write to.
    let directory: ForkRequest.MeasuredPath
    /// Processing units of the forks' threads.
    let processingUnits: [Int]
    let budget: Nanoseconds?
    /// What to count beside the figures.
    let counters: [CounterName]

    /// Runs every fork. The folder is written but not yet published.
    func execute() throws -> (run: Run, writer: RunWriter) {
        let scratch = try Scratch()
        defer {
            scratch.remove()
            // What forks that were killed could not remove themselves.
            ForkLeftovers.remove(below: directory.path)
        }
        let writer = try RunWriter(
            results: results, manifest: manifest(), machine: machine, before: checkup())
        let session = Session(
            plan, seed: seed, processingUnits: processingUnits, directory: directory,
            budget: budget, counters: counters, process: ForkProcess(scratch: scratch.path))
        Interruption.listen()
        var progress = SessionProgress(plan)
        let start = TickClock.monotonicRaw()
        let ending = try session.run(shouldStop: { Interruption.isRequested }) { event in
            progress.observe(event)
            switch event {
            case .started: break
            case .finished(let turn, let record): try writer.add(record, of: turn)
            case .failed(let turn, let reason): try writer.addFailure(reason, of: turn)
            case .skipped(let turn):
                try writer.addFailure(Manifest.ForkSummary.skipped, of: turn)
            case .setAside(let aside): try writer.setAside(aside)
            }
        }
        progress.finish()
        let wall = Double(TickClock.monotonicRaw() - start)
        let run = try writer.finish(
            ending: ending, end: Timestamp.now(), wall: wall, after: checkup())
        for note in CounterSelection.notes(of: run.manifest) {
            Terminal.error("nilometer: \(note)")
        }
        return (run, writer)
    }

    /// A quick look at the machine, where one can be had.
    private func checkup() -> Checkup? {
        Checkup.attempt(machine, processingUnits: processingUnits, directory: directory.path)
    }

    private func manifest() -> Manifest {
        let used = BenchmarkCatalogue.descriptions.filter { description in
            plan.contains { $0.benchmark == description.name }
        }
        return Manifest(
            run: "\(Timestamp.forFileName())-\(tag)", tool: BuildInfo.version,
            commit: BuildInfo.commit, command: CommandLine.arguments, suite: suite,
            seed: seed.rawValue, profiles: profiles, start: Timestamp.now(), workloads: plan,
            benchmarks: used.map {
                Manifest.BenchmarkMetrics(
                    benchmark: $0.name, floor: $0.floor,
                    metrics: $0.metrics + CounterMetrics.specifications(of: counters))
            })
    }
}

/// Shows how far a session is: bar, time left, current workload, last figure.
private struct SessionProgress {
    private let plan: [PlannedWorkload]
    private let total: Double
    private var line = ProgressLine()
    private var done = 0.0
    private var lastFigure: String?

    init(_ plan: [PlannedWorkload]) {
        self.plan = plan
        total = plan.reduce(0) { $0 + $1.time * Double($1.forks) }
    }

    mutating func observe(_ event: Session.Event) {
        switch event {
        case .started(_, let planned, _, _):
            let label = "\(planned.workload) \(planned.parameters)"
            line.show(
                done: done / 1e9, total: max(done, total) / 1e9,
                label: [label, lastFigure].compactMap { $0 }.joined(separator: " · last: "))
        case .finished(let turn, let record):
            done += plan[turn.workload].time
            lastFigure = figure(plan[turn.workload], record) ?? lastFigure
        case .failed(let turn, let reason):
            done += plan[turn.workload].time
            line.clear()
            Terminal.error(
                "nilometer: \(plan[turn.workload].workload), fork \(turn.fork): \(reason)")
        case .skipped(let turn):
            done += plan[turn.workload].time
        case .setAside: break
        }
    }

    mutating func finish() { line.clear() }

    /// The median of a fork's first series.
    private func figure(_ planned: PlannedWorkload, _ record: ForkRecord) -> String? {
        guard let series = record.series.first, !series.samples.isEmpty else { return nil }
        let unit = Unit(symbol: series.unit) ?? .count(of: series.unit)
        let middle = series.samples.sorted()[series.samples.count / 2]
        return "\(planned.workload) \(Quantity(middle, unit))"
    }
}

/// UTC times in the forms that files carry.
enum Timestamp {
    /// ISO 8601 to the second.
    static func now() -> String { Date().formatted(.iso8601) }

    /// ISO 8601 basic form, which sorts and needs no escaping in a file's name.
    static func forFileName() -> String { now().filter { $0 != "-" && $0 != ":" } }
}

/// A directory for the files that parent and forks exchange.
struct Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "nilometer-\(getpid())-\(UUID().uuidString.prefix(8))"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Stop.cannot("cannot create the directory '\(path)': \(error)")
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
