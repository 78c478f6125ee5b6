import Claims
import Hardware
import Measurement
import Randomness
import Regression
import Runs

/// What was measured to find a regression.
struct RegressRuns {
    let base: MeasuredSide
    let new: MeasuredSide
    /// The folders, in words.
    let folders: String
    let isInterrupted: Bool
    /// What forks noted.
    let notes: [String]
    /// What was measured round by round.
    let rounds: RegressRounds

    /// Makes the tables of a run's folder and publishes it; gives its path.
    static func publish(_ run: Run, _ writer: RunWriter) throws -> String {
        let products = RunProducts(run, claims: try Installation.claims())
        try products.write([.csv, .json, .md], to: writer.folder)
        return try writer.publish()
    }

    /// Throws for runs that measured nothing, and removes their folders.
    static func checkMeasured(_ runs: [(run: Run, writer: RunWriter)]) throws {
        guard runs.contains(where: { $0.run.samples.isEmpty && $0.run.distributions.isEmpty })
        else { return }
        for (_, writer) in runs { writer.discard() }
        if runs.contains(where: { $0.run.manifest.ending == .interrupted }) {
            throw Stop.interrupted("interrupted before both sides measured anything")
        }
        let failures = runs.flatMap { $0.run.manifest.forks.compactMap(\.failure) }
        throw Stop.cannot("nothing was measured: \(failures.first ?? "no fork gave samples")")
    }
}

/// Measures a baseline's workloads by this build alone.
struct RegressAgain {
    private let plan: RegressPlan
    private let host: RegressHost

    init(_ plan: RegressPlan, _ host: RegressHost) {
        self.plan = plan
        self.host = host
    }

    /// Measures, and gives this build's side beside `stored`.
    func run(against stored: MeasuredSide) throws -> RegressRuns {
        let measured = try MeasurementRun(
            plan: plan.workloads, seed: host.seed, machine: host.machine,
            profiles: host.profiles(of: plan), suite: nil, tag: "regress", results: host.results,
            directory: host.directory, processingUnits: host.processingUnits, budget: nil,
            counters: host.counters
        ).execute()
        try RegressRuns.checkMeasured([measured])
        let folder = try RegressRuns.publish(measured.run, measured.writer)
        return RegressRuns(
            base: stored, new: MeasuredSide(measured.run, name: folder), folders: folder,
            isInterrupted: measured.run.manifest.ending == .interrupted,
            notes: measured.run.manifest.forks.flatMap(\.notes), rounds: RegressRounds())
    }
}
