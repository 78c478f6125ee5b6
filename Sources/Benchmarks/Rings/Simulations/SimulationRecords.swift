import Counters
public import Measurement
import Quantities
import Randomness
import RingSimulation
import Simulation
import StateMachines

/// A study as the runs of a benchmark, so that reports, comparisons and histories read its folder.
///
/// Each simulated run stands where a fork does: its sample of a figure is the median of its values, and all
/// of its times are a distribution beside that, unless there are very many runs.
public struct SimulationRecords {
    private let study: SimulationStudy

    /// The records of a study whose runs are right.
    public init(_ study: SimulationStudy) {
        precondition(study.violations.isEmpty, "records of a run that is wrong")
        self.study = study
    }

    /// What stands where a workload's name does.
    public var name: String { "simulate.\(study.plan.subject.rawValue)" }

    /// What stands where a workload does.
    public func planned() -> PlannedWorkload {
        PlannedWorkload(
            workload: name, benchmark: name, parameters: parameters, profile: "default",
            forks: study.outcomes.count,
            time: Nanoseconds(Double(study.plan.duration.nanoseconds)))
    }

    /// What stands where the record of a process does, in the order of the seeds.
    public func records() -> [ForkRecord] {
        let (planned, clock) = (planned(), TickClock().calibration)
        return study.outcomes.indices.map { record(of: planned, run: $0, clock) }
    }

    /// The figures as those of a benchmark.
    public var description: BenchmarkDescription {
        BenchmarkDescription(
            name: name, summary: "simulated", parameters: [],
            metrics: study.figures.map { figure in
                MetricSpecification(
                    figure.name, figure.measure.unit, figure.measure.better, .sampled,
                    figure.summary)
            },
            processingUnits: 0, floor: "none: simulated")
    }

    private var parameters: ParameterSet {
        let plan = study.plan
        let pairs = [
            ("nodes", "\(plan.nodes)"), ("rtt", "\(plan.roundTrip.nanoseconds)ns"),
            ("loss", "\(plan.loss)"), ("sync", "\(plan.sync.nanoseconds)ns"),
            ("receive", "\(plan.costs.receive.nanoseconds)ns"),
            ("send", "\(plan.costs.send.nanoseconds)ns"),
            ("duration", "\(plan.duration.nanoseconds)ns"),
            ("faults", "\(plan.faults.steps.count + plan.crashes.count)"),
        ]
        return pairs.reduce(ParameterSet()) { $0.with($1.0, $1.1) }
    }

    /// Of more runs than this no distributions are kept, which are files.
    private static let mostDistributions = 100

    private func record(
        of planned: PlannedWorkload, run place: Int, _ clock: TickClock.Calibration
    ) -> ForkRecord {
        let outcome = study.outcomes[place]
        let request = ForkRequest(
            benchmark: name, parameters: planned.parameters, fork: place,
            seed: study.seed(of: place).rawValue, time: planned.time, processingUnits: [],
            directory: ForkRequest.MeasuredPath(path: ".", durability: "unknown"))
        var recorder = Recorder(for: description, parameters: planned.parameters)
        for figure in outcome.figures {
            guard let median = figure.quantile(0.5) else { continue }
            recorder.record(figure.name, planned.parameters, samples: [median])
            guard figure.measure == .time, study.outcomes.count <= Self.mostDistributions else {
                continue
            }
            var distribution = LatencyDistribution()
            for value in figure.values { distribution.record(nanoseconds: value) }
            recorder.record(figure.name, planned.parameters, distribution: distribution)
        }
        note(into: &recorder)
        return ForkRecord(
            of: request, processingUnits: [], clock: clock, events: EventCounts.current(),
            measuredTime: planned.time, recorder: recorder)
    }

    private func note(into recorder: inout Recorder) {
        recorder.note("simulated, in virtual time: a process is a run of the simulation")
        for figure in study.figures {
            guard let model = figure.model else { continue }
            recorder.note(
                "\(figure.name): by arithmetic \(Quantity(model, figure.measure.unit))")
        }
        for step in study.plan.faults.steps { recorder.note("fault: \(step)") }
        for crash in study.plan.crashes {
            recorder.note(
                "fault: \(crash.role.rawValue) crashes after \(Quantity(of: crash.after))")
        }
    }
}

extension PlannedFigure.Measure {
    /// Which way is better.
    fileprivate var better: MetricSpecification.Direction {
        switch self {
        case .time: .lower
        case .operations, .percent, .ratio: .higher
        case .messages, .bytes: .lower
        case .count: .neither
        }
    }
}
