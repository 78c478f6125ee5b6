import Measurement
import Quantities
import StrictYAML
import Workloads

/// What figures there can be: the workloads, and the parameters and metrics of their benchmarks.
/// Claims are checked against it when they are loaded, not when a run has been waited for.
public struct Vocabulary: Sendable {
    /// What any figures may be told apart by, beside the parameters and the own distinctions of their
    /// benchmark.
    public static let distinguishing = ["contender", "durability-class", "placement"]

    private let benchmarks: [String: BenchmarkDescription]

    /// The vocabulary of these workloads.
    public init(_ catalogue: Catalogue, benchmarks: [BenchmarkDescription]) {
        var byWorkload: [String: BenchmarkDescription] = [:]
        for workload in catalogue.workloads {
            byWorkload[workload.name.value] = benchmarks.first {
                $0.name == workload.benchmark.value
            }
        }
        self.benchmarks = byWorkload
    }

    /// Throws every claim's problem: an unknown workload, metric, statistic or parameter, and a
    /// unit that cannot be compared with the metric's.
    ///
    /// - Parameter isComplete: whether there are no other workloads. A run may have measured some of
    ///   the user's own, and claims on these are then left to the run.
    public func check(
        _ library: ClaimLibrary, isComplete: Bool = true
    ) throws(InputProblems) {
        var collector = ProblemCollector()
        for (_, claim) in library.claims {
            guard case .evidence(let evidence, _) = claim.decision else { continue }
            let isKnown = claim.workloads.allSatisfy { benchmarks[$0] != nil }
            if !isComplete, !isKnown { continue }
            _ = collector.collect { () throws(InputProblems) in
                try check(evidence, of: claim, library.figures)
            }
        }
        try collector.check()
    }

    private func check(
        _ evidence: Evidence, of claim: Claim, _ figures: ClaimFigures
    ) throws(InputProblems) {
        let benchmark = try benchmark(of: evidence.workload)
        guard let metric = benchmark.metric(evidence.metric.value) else {
            throw unknown("metric", evidence.metric, in: benchmark.metrics.map(\.name))
        }
        var collector = ProblemCollector()
        if (metric.kind == .exact) != (evidence.statistic.value == "exact") {
            collector.add(
                at: evidence.statistic.location,
                found: "the statistic '\(evidence.statistic.value)' of '\(metric.name)'",
                expected: metric.kind == .exact ? "'exact'" : "one that is estimated")
        }
        collector.note { () throws(InputProblems) in
            try checkUnit(claim, evidence, metric, figures)
        }
        let models = [evidence.extrapolation].compactMap { $0 } + evidence.alternatives
        for model in models {
            collector.note { () throws(InputProblems) in
                try check(model, of: claim, evidence, figures)
            }
        }
        let trend = [evidence.trend?.along].compactMap { $0 }
        for filter in [evidence.filter, evidence.trend?.against].compactMap({ $0 }) {
            collector.note { () throws(InputProblems) in try check(filter, benchmark) }
        }
        for name in trend {
            collector.note { () throws(InputProblems) in try check(name, benchmark) }
        }
        if let boundary = claim.boundary {
            collector.note { () throws(InputProblems) in
                let other = try self.benchmark(of: boundary.workload ?? evidence.workload)
                if let along = boundary.along { try check(along, other) }
                if let filter = boundary.filter { try check(filter, other) }
            }
        }
        if let expectation = claim.reading?.expectation {
            for name in expectation.value.names where name.isParameterName {
                collector.note { () throws(InputProblems) in
                    try check(Located(name, at: expectation.location), benchmark)
                }
            }
        }
        try collector.check()
    }

    private func checkUnit(
        _ claim: Claim, _ evidence: Evidence, _ metric: MetricSpecification,
        _ figures: ClaimFigures
    ) throws(InputProblems) {
        // What a formula makes of the unit is looked at with the formula.
        if let model = evidence.extrapolation, model.law == nil { return }
        let given = evidence.trend == nil ? Unit(named: metric.unit) : .ratio
        if given.isCommensurable(with: claim.figureUnit) { return }
        let what = evidence.trend == nil ? "metric '\(metric.name)'" : "a trend"
        throw InputProblems(
            at: claim.reading?.unit?.location ?? claim.id.location,
            found: "claim '\(claim.id.value)' in '\(claim.figureUnit)' on \(what) in '\(given)'",
            expected: "units of one dimension, or 'unit' in 'reading'")
    }

    /// Any number shows what a formula makes of the metric's unit; a law keeps it.
    private func check(
        _ model: Evidence.Extrapolation, of claim: Claim, _ evidence: Evidence,
        _ figures: ClaimFigures
    ) throws(InputProblems) {
        let carried = evidence.carried(by: model)
        let benchmark = try benchmark(of: carried.workload)
        guard let metric = benchmark.metric(carried.metric.value) else {
            throw unknown("metric", carried.metric, in: benchmark.metrics.map(\.name))
        }
        if let law = model.law {
            try check(law.over, benchmark)
            if let filter = law.filter { try check(filter, benchmark) }
        }
        do throws(Formula.Problem) {
            if let law = model.law {
                _ = try law.concurrency(figures)
            } else {
                _ = try model.value(
                    of: 1, in: Unit(named: metric.unit), as: claim.figureUnit, figures)
            }
        } catch {
            throw InputProblems(
                at: model.formula.location, found: error.found, expected: error.expected)
        }
    }

    private func check(
        _ filter: Filter, _ benchmark: BenchmarkDescription
    ) throws(InputProblems) {
        var collector = ProblemCollector()
        for condition in filter.conditions {
            collector.note { () throws(InputProblems) in try check(condition.name, benchmark) }
        }
        try collector.check()
    }

    private func check(
        _ parameter: Located<String>, _ benchmark: BenchmarkDescription
    ) throws(InputProblems) {
        let known =
            benchmark.parameters.map(\.name) + benchmark.distinctions + Vocabulary.distinguishing
        if !known.contains(parameter.value) { throw unknown("parameter", parameter, in: known) }
    }

    private func benchmark(
        of workload: Located<String>
    ) throws(InputProblems) -> BenchmarkDescription {
        guard let benchmark = benchmarks[workload.value] else {
            throw unknown("workload", workload, in: benchmarks.keys.sorted())
        }
        return benchmark
    }

    private func unknown(
        _ what: String, _ name: Located<String>, in known: [String]
    ) -> InputProblems {
        InputProblems(
            at: name.location, found: "unknown \(what) \(QuotedText(name.value))",
            expected: Spelling.expectation(for: name.value, among: known))
    }
}

extension ProblemCollector {
    fileprivate mutating func note(_ body: () throws(InputProblems) -> Void) {
        _ = collect(body)
    }
}
