import Quantities
import Randomness
import RingSimulation
import Simulation
import StateMachines

/// What a study is printed as, for people and for programs.
public struct SimulationReport {
    private let study: SimulationStudy

    /// A report of a study that has a run at least.
    public init(_ study: SimulationStudy) {
        precondition(study.count > 0, "a report of no run")
        self.study = study
    }

    private var costs: String { study.costs }

    private var plan: PlannedSimulation { study.plan }

    /// The trace's digest, in sixteen digits.
    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Every fault of the plan in a line.
    private var faults: [String] {
        let said = plan.faults.steps.map(\.description)
        let crashes = plan.crashes.map { crash in
            let end = crash.lasting.map { " for \(Quantity(of: $0))" } ?? ""
            return "\(Quantity(of: crash.after)) crash \(crash.role.rawValue)\(end)"
        }
        return said + crashes
    }

    private var verdict: String {
        let counts =
            "\(study.outcomes.count) runs, \(study.operations) operations, "
            + "\(study.outcomes.reduce(0) { $0 + $1.faults }) faults"
        let unknown = study.unknown > 0 ? "; of \(study.unknown) the checker could not tell" : ""
        return switch study.verdict {
        case .safe: "safe: the checkers found nothing wrong in \(counts)\(unknown)"
        case .unchecked: "unchecked: nothing was done that could have been wrong, in \(counts)"
        case .violated:
            "VIOLATED: the checkers found \(study.violations.count) wrong of \(counts)\(unknown)"
        }
    }
}

// For people.
extension SimulationReport {
    /// The report in lines.
    public var text: String {
        let members =
            plan.nodes == 1 ? "1 node, n0" : "\(plan.nodes) nodes, n0 to n\(plan.nodes - 1)"
        var lines = [
            "\(plan.subject.rawValue): \(members); round trips of \(Quantity(of: plan.roundTrip)), "
                + "\(Quantity(plan.loss * 100, .percent)) lost; "
                + "\(Quantity(of: plan.duration)) of load", "costs: \(costs)",
        ]
        lines += faults.isEmpty ? ["faults: none"] : faults.map { "fault: \($0)" }
        if study.isInterrupted {
            lines.append("interrupted: \(study.outcomes.count) of \(study.runs) runs")
        }
        lines += [""] + (study.violations.isEmpty ? table : withheld) + [""]
        lines += [
            verdict,
            "seeds \(study.first) to \(study.seed(of: study.outcomes.count - 1)), "
                + "trace \(Self.hexadecimal(study.trace))",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private var withheld: [String] {
        ["no figures: what a run that is wrong measured is worth nothing"]
            + study.violations.prefix(8).flatMap { violation in
                violation.findings.prefix(3).map { "seed \(violation.seed): \($0)" }
            }
    }

    private static let columns = ["", "values", "least", "median", "99 %", "most", "model"]

    private var table: [String] {
        let rows = [Self.columns] + study.figures.map(Self.row)
        let widths = Self.columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).enumerated().map { place, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return place == 0 ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ").trimmingEnd
        }
        return lines + [""] + study.figures.map { "\($0.name): \($0.summary)" }
    }

    private static func row(_ figure: PlannedFigure) -> [String] {
        func text(_ value: Double?) -> String {
            value.map { "\(Quantity($0, figure.measure.unit))" } ?? "–"
        }
        return [figure.name, "\(figure.values.count)"]
            + [0, 0.5, 0.99, 1].map { text(figure.quantile($0)) } + [text(figure.model)]
    }
}

// For programs.
extension SimulationReport {
    /// The report as one document.
    public struct Document: Encodable {
        let schema = "nilometer/simulation/1"
        let `protocol`: String
        let nodes: Int
        let roundTripNanoseconds: Int64
        let loss: Double
        let durationNanoseconds: Int64
        let receiveNanoseconds: Int64
        let sendNanoseconds: Int64
        let syncNanoseconds: Int64
        let costs: String
        let faults: [String]
        let seed: UInt64
        let runsWanted: Int
        let ending: String
        let trace: String
        let verdict: String
        let violating: Int
        let unknown: Int
        /// Empty where a run is wrong.
        let figures: [Figure]
        let runs: [Run]
    }

    /// A figure over all runs.
    struct Figure: Encodable {
        let name: String
        let unit: String
        let summary: String
        let values: Int
        let least: Double?
        let median: Double?
        let p90: Double?
        let p99: Double?
        let most: Double?
        let model: Double?
    }

    /// One run.
    struct Run: Encodable {
        let seed: UInt64
        let trace: String
        let operations: Int
        let faults: Int
        let simulatedNanoseconds: Int64
        let isUnknown: Bool
        let violations: [String]
    }

    /// The report for programs.
    public var document: Document {
        Document(
            protocol: plan.subject.rawValue, nodes: plan.nodes,
            roundTripNanoseconds: plan.roundTrip.nanoseconds, loss: plan.loss,
            durationNanoseconds: plan.duration.nanoseconds,
            receiveNanoseconds: plan.costs.receive.nanoseconds,
            sendNanoseconds: plan.costs.send.nanoseconds, syncNanoseconds: plan.sync.nanoseconds,
            costs: costs, faults: faults, seed: study.first.rawValue, runsWanted: study.runs,
            ending: study.isInterrupted ? "interrupted" : "complete",
            trace: Self.hexadecimal(study.trace),
            verdict: study.verdict.rawValue,
            violating: study.violations.count, unknown: study.unknown,
            figures: study.figures.map(Self.figure),
            runs: study.outcomes.enumerated().map { place, outcome in
                Run(
                    seed: study.seed(of: place).rawValue, trace: Self.hexadecimal(outcome.trace),
                    operations: outcome.operations, faults: outcome.faults,
                    simulatedNanoseconds: outcome.simulated.nanoseconds,
                    isUnknown: outcome.isUnknown, violations: outcome.violations)
            })
    }

    private static func figure(_ figure: PlannedFigure) -> Figure {
        Figure(
            name: figure.name, unit: figure.measure.unit.symbol, summary: figure.summary,
            values: figure.values.count, least: figure.quantile(0), median: figure.quantile(0.5),
            p90: figure.quantile(0.9), p99: figure.quantile(0.99), most: figure.quantile(1),
            model: figure.model)
    }
}

extension PlannedFigure.Measure {
    /// The unit as figures have it.
    var unit: Unit {
        switch self {
        case .time: .nanoseconds
        case .operations: .operationsPerSecond
        case .messages: .messagesPerSecond
        case .bytes: .bytesPerSecond
        case .percent: .percent
        case .ratio: .ratio
        case .count(let things): .count(of: things)
        }
    }
}

extension String {
    /// Without the spaces at its end.
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
