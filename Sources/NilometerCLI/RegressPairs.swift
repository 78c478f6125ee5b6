import Benchmarks
import Foundation
import Measurement
import Quantities
import Randomness
import Regression
import Runs

/// Another build of the tool, to be measured beside this one.
struct RegressBinary {
    /// Its absolute path.
    let path: String
    /// Its version, and its commit where it says one.
    let version: String
    let commit: String?

    /// The executable at `path`, which is asked for its version.
    init(_ path: String) throws {
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        guard CompareSources.isDirectory(absolute) == false,
            FileManager.default.isExecutableFile(atPath: absolute)
        else {
            throw Stop.badInput("--baseline-binary: '\(path)' is not an executable file")
        }
        let scratch = try Scratch()
        defer { scratch.remove() }
        let output = "\(scratch.path)/version"
        let outcome = try? ChildProcess(absolute, ["--version"]).run(
            output: output, errors: "/dev/null", limit: .seconds(20), shouldStop: { false })
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard case .exited(0) = outcome, let version = words.first,
            version.first?.isNumber == true
        else {
            throw Stop.badInput(
                "--baseline-binary: '\(path)' does not say a version; expected another build of "
                    + "nilometer")
        }
        self.path = absolute
        self.version = version
        commit = words.dropFirst().first.map { String($0.filter { $0 != "(" && $0 != ")" }) }
    }
}

/// Measures two builds in turns, into a run's folder each.
struct RegressPairs {
    private let plan: RegressPlan
    private let host: RegressHost
    private let binary: RegressBinary

    init(_ plan: RegressPlan, _ host: RegressHost, _ binary: RegressBinary) {
        self.plan = plan
        self.host = host
        self.binary = binary
    }

    /// Measures, publishes both folders (`…-regress-baseline` and `…-regress`, to which `latest`
    /// points), and gives both sides.
    func run() throws -> RegressRuns {
        let scratches = try [Scratch(), Scratch()]
        defer {
            for scratch in scratches { scratch.remove() }
            ForkLeftovers.remove(below: host.directory.path)
        }
        let before = host.checkup()
        let stamp = Timestamp.forFileName()
        let writers = try PairedSession.Side.allCases.map { side in
            try RunWriter(
                results: host.results, manifest: manifest(side, stamp), machine: host.machine,
                before: before)
        }
        let start = TickClock.monotonicRaw()
        var rounds = RegressRounds()
        let ending = try measure(
            into: writers, counting: &rounds,
            base: ForkProcess(executable: binary.path, scratch: scratches[0].path),
            new: ForkProcess(scratch: scratches[1].path),
            turns: try ProcessTurns(making: "\(scratches[0].path)/turns"))
        let wall = Double(TickClock.monotonicRaw() - start)
        let after = host.checkup()
        let end = Timestamp.now()
        let runs = try writers.map { writer in
            try writer.finish(ending: ending, end: end, wall: wall, after: after)
        }
        try RegressRuns.checkMeasured(Array(zip(runs, writers)))
        let folders = try zip(runs, writers).map { try RegressRuns.publish($0, $1) }
        return RegressRuns(
            base: MeasuredSide(runs[0], name: folders[0]),
            new: MeasuredSide(runs[1], name: folders[1]),
            folders: folders.joined(separator: " and "), isInterrupted: ending == .interrupted,
            notes: runs.flatMap { $0.manifest.forks.flatMap(\.notes) }, rounds: rounds)
    }

    private func measure(
        into writers: [RunWriter], counting rounds: inout RegressRounds, base: ForkProcess,
        new: ForkProcess, turns: ProcessTurns
    ) throws -> Session.Ending {
        let session = PairedSession(
            plan.workloads, seed: host.seed, processingUnits: host.processingUnits,
            directory: host.directory, counters: host.counters, base: base, new: new,
            turns: turns)
        Interruption.listen()
        var line = ProgressLine()
        defer { line.clear() }
        return try session.run(shouldStop: { Interruption.isRequested }) { event in
            switch event {
            case .started(let side, let turn, let done, let total):
                let planned = plan.workloads[turn.workload]
                line.show(
                    done: Double(done), total: Double(total),
                    label: "\(planned.workload) \(planned.parameters) (\(side))")
            case .finished(let side, let turn, let record):
                try writers[side.rawValue].add(record, of: turn)
            case .failed(let side, let turn, let reason):
                line.clear()
                let name = plan.workloads[turn.workload].workload
                Terminal.error("nilometer: \(name), fork \(turn.fork) of \(side): \(reason)")
                try writers[side.rawValue].addFailure(reason, of: turn)
            case .handedOver(let turn, let base, let new):
                rounds.add(plan.workloads[turn.workload].workload, base: base, new: new)
            case .setAside(let aside):
                for writer in writers { try writer.setAside(aside) }
            }
        }
    }

    private func manifest(_ side: PairedSession.Side, _ stamp: String) -> Manifest {
        let used = BenchmarkCatalogue.descriptions.filter { description in
            plan.workloads.contains { $0.benchmark == description.name }
        }
        let isBase = side == .base
        return Manifest(
            run: "\(stamp)-regress\(isBase ? "-baseline" : "")",
            tool: isBase ? binary.version : BuildInfo.version,
            commit: isBase ? binary.commit : BuildInfo.commit, command: CommandLine.arguments,
            suite: nil, seed: host.seed.rawValue, profiles: host.profiles(of: plan),
            start: Timestamp.now(), workloads: plan.workloads,
            benchmarks: used.map {
                Manifest.BenchmarkMetrics(
                    benchmark: $0.name, floor: $0.floor,
                    metrics: $0.metrics + CounterMetrics.specifications(of: host.counters))
            })
    }
}
