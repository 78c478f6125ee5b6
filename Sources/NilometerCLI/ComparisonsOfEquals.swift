import Diagnosis
import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import Regression
import Reporting
import Runs
import Workloads

/// Compares a loop with itself in fresh processes, as runs do, to learn the smallest effect that
/// comparisons can show on this machine.
struct ComparisonsOfEquals {
    /// Why there is no time for them.
    struct TooShort: Error, CustomStringConvertible {
        let have: Nanoseconds
        let need: Nanoseconds

        var description: String {
            "comparing a loop with itself takes \(need) at least, and has \(have) of the time"
        }
    }

    private let plan: PlannedWorkload
    private let time: Nanoseconds
    private let seed = Seed(UInt64.random(in: 0...UInt64(UInt32.max)))
    private let processingUnits: [Int]
    private let directory: String

    /// Comparisons that take about `time`, starting the processes included.
    init(
        for time: Nanoseconds, processingUnits: [Int], directory: String
    ) throws(TooShort) {
        // As many processes as the effect takes at least.
        let forks = DetectableEffect.fewestForks
        let least = Limits.time.lowerBound + Planner.forkOverhead
        guard time / Double(forks) >= least else {
            throw TooShort(have: time, need: least * Double(forks))
        }
        plan = PlannedWorkload(
            workload: SlowdownTally.benchmark, benchmark: SlowdownTally.benchmark,
            parameters: ParameterSet().with("burn", "off").with("percent", "0").with("trial", "1"),
            profile: "auto", forks: forks, time: time / Double(forks) - Planner.forkOverhead)
        self.time = time
        self.processingUnits = processingUnits
        self.directory = directory
    }

    /// Measures, and gives the effect.
    ///
    /// - Throws: `DetectableEffect.Unavailable` where the machine is too noisy, `Stop` when asked to
    ///   stop or when a process gives nothing.
    func effect() throws -> DetectableEffect {
        try SlowdownTally(samples: try samples(), forks: []).detectableEffect()
    }

    /// `effect` as the doctor's report has it.
    func summary(of effect: DetectableEffect) -> DetectableEffectSummary {
        DetectableEffectSummary(
            workload: SlowdownTally.benchmark, percent: effect.effect * 100,
            processes: effect.observedForks, seed: seed.rawValue,
            method:
                "found by \(FigureText(value: effect.power * 100, unit: "percent")) of comparisons of "
                + "\(effect.forks) processes at confidence \(effect.confidence)")
    }

    private func samples() throws -> [Sample] {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let session = Session(
            [plan], seed: seed,
            processingUnits: processingUnits,
            directory: ForkRequest.MeasuredPath(path: directory, durability: "unknown"),
            budget: time, process: ForkProcess(scratch: scratch.path))
        Interruption.listen()
        var progress = ProgressLine()
        defer { progress.clear() }
        var samples: [Sample] = []
        let ending = try session.run(shouldStop: { Interruption.isRequested }) { event in
            switch event {
            case .started(_, _, let done, let total):
                progress.show(
                    done: Double(done), total: Double(total), label: "comparing a loop with itself")
            case .finished(let turn, let record):
                samples += record.series.flatMap {
                    Sample.samples(
                        of: $0, workload: plan.workload, profile: plan.profile,
                        fork: turn.fork)
                }
            case .failed(_, let reason):
                throw Stop.cannot("comparing a loop with itself: \(reason)")
            case .setAside(let aside): samples.removeAll { $0.fork == aside.turn.fork }
            case .skipped: break
            }
        }
        if ending == .interrupted { throw Stop.interrupted("interrupted") }
        return samples
    }
}
