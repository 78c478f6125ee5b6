import Benchmarks
import Hardware
import Measurement
import Randomness
import Runs

/// The folder of a study: like that of a run.
struct SimulationFolder {
    private let study: SimulationStudy

    /// The folder of a study whose runs are right.
    init(_ study: SimulationStudy) { self.study = study }

    /// Writes it under `results`; returns its path.
    func write(to results: String) throws -> String {
        let records = SimulationRecords(study)
        let writer = try RunWriter(
            results: results, manifest: manifest(of: records),
            machine: try Detection.machine(.running, directory: "."))
        for (place, record) in records.records().enumerated() {
            try writer.add(record, of: Schedule.Turn(workload: 0, fork: place))
        }
        let run = try writer.finish(
            ending: study.isInterrupted ? .interrupted : .complete, end: Timestamp.now(), wall: 0)
        let products = RunProducts(run, claims: try Installation.claims())
        try products.write([.csv, .json, .md, .junit], to: writer.folder)
        // Pictures that cannot be drawn must not cost the figures.
        do {
            try products.write([.gnuplot], to: writer.folder)
        } catch {
            Terminal.error("nilometer: the pictures are missing: \(error)")
        }
        try products.write([.html], to: writer.folder)
        return try writer.publish()
    }

    private func manifest(of records: SimulationRecords) -> Manifest {
        let description = records.description
        return Manifest(
            run: "\(Timestamp.forFileName())-\(records.name)", tool: BuildInfo.version,
            commit: BuildInfo.commit, command: CommandLine.arguments, suite: nil,
            seed: study.first.rawValue, profiles: [], start: Timestamp.now(),
            workloads: [records.planned()],
            benchmarks: [
                Manifest.BenchmarkMetrics(
                    benchmark: records.name, floor: description.floor,
                    metrics: description.metrics)
            ])
    }
}
