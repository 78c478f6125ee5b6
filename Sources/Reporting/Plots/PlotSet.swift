import Foundation
public import Measurement
public import Runs
import Synchronization

/// The pictures that can be made of a run: one for each kind of figure that has data.
public struct PlotSet: Sendable {
    /// The pictures, those of verdicts first, then workload by workload.
    public let plots: [Plot]

    /// Decides from what there is which pictures there will be.
    ///
    /// - Parameters:
    ///   - manifest: what was run and how.
    ///   - machine: the machine in one line; it stands beneath every picture.
    ///   - figures: the rows of `results.csv`.
    ///   - samples: what `samples.csv` holds of the forks that stand.
    ///   - setAside: the samples of forks that were set aside, for timelines only.
    ///   - distributions: latency distributions, the forks of a key merged.
    ///   - verdicts: the rows of `verdicts.csv`.
    public init(
        manifest: Manifest, machine: String, figures: [Figure], samples: [SampleSeries],
        setAside: [SampleSeries] = [], distributions: [FigureKey: LatencyDistribution],
        verdicts: [VerdictRecord]
    ) {
        let source = PlotSource(
            manifest: manifest, machine: machine, figures: figures, samples: samples,
            setAside: setAside, distributions: distributions)
        plots = PlotSet.withDistinctNames(
            source.verdictOverviews(verdicts)
                + PlotSet.plots(of: source, source.order.workloads(figures.map(\.workload))))
    }

    /// The pictures of `workloads`, one after the other; as many at a time as there are processors.
    private static func plots(of source: PlotSource, _ workloads: [String]) -> [Plot] {
        let found = Mutex([[Plot]](repeating: [], count: workloads.count))
        DispatchQueue.concurrentPerform(iterations: workloads.count) { index in
            let own = source.plots(of: workloads[index])
            found.withLock { $0[index] = own }
        }
        return found.withLock { $0.flatMap(\.self) }
    }

    /// A set of `plots`, whose names differ.
    init(plots: [Plot]) { self.plots = plots }

    /// What a report links to.
    public var pictures: [Picture] { plots.map(\.picture) }

    /// Two pictures of one name would be one file: the second and further ones are numbered.
    private static func withDistinctNames(_ plots: [Plot]) -> [Plot] {
        var taken: Set<String> = []
        return plots.map { plot in
            var name = plot.picture.name
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(plot.picture.name)-\(number)"
                number += 1
            }
            return name == plot.picture.name ? plot : plot.renamed(name)
        }
    }
}

extension PlotSource {
    /// The pictures of one workload, profile by profile, metric by metric.
    func plots(of workload: String) -> [Plot] {
        let keys = figures.keys.filter {
            $0.workload == workload && PlotSource.isDrawn($0.metric)
        }
        var plots: [Plot] = []
        for profile in Set(keys.map(\.profile)).sorted() {
            let own = keys.filter { $0.profile == profile }
            let metrics = PlotSentence.distinct(order.sorted(own, of: workload).map(\.metric))
            for metric in metrics {
                plots += self.plots(of: own.filter { $0.metric == metric })
            }
            plots += tradeoffs(own)
            plots += [timeline(own.filter { $0.metric == principalMetric(of: workload) })]
                .compactMap(\.self)
        }
        let principal = principalMetric(of: workload)
        let metrics = PlotSentence.distinct(order.sorted(keys, of: workload).map(\.metric))
        return plots
            + metrics.flatMap { metric in
                profilePlots(keys.filter { $0.metric == metric }, isPrincipal: metric == principal)
            }
    }

    /// The profiles side by side, where there are several: the medians of what can be better or
    /// worse, and of what the workload is about the distribution for the first contender. Of
    /// parameters that are swept the first values are shown.
    private func profilePlots(_ keys: [FigureKey], isPrincipal: Bool) -> [Plot] {
        guard
            let sample = keys.first,
            isPrincipal || direction(of: sample.metric, in: sample.workload) != .neither
        else { return [] }
        let sampled = keys.filter { figure("median", of: $0)?.value != nil }
        let unit = sampled.compactMap { figures[$0]?.first?.unit }.first ?? ""
        guard let all = PlotSubject(sampled, unit: unit, order: order), all.spansProfiles,
            let subject = first(of: all)
        else { return [] }
        let contender = subject.keys.first?.contender
        let own = PlotSubject(
            subject.keys.filter { $0.contender == contender }, unit: unit, order: order)
        return [contenders(subject), isPrincipal ? own.flatMap(distribution) : nil]
            .compactMap(\.self)
    }

    /// `subject` with the first of the combinations that its swept parameters take.
    func first(of subject: PlotSubject) -> PlotSubject? {
        guard let pairs = subject.combinations(of: subject.sweeps).first else { return subject }
        return subject.restricted(to: pairs, order: order)
    }

    private func plots(of keys: [FigureKey]) -> [Plot] {
        let sampled = keys.filter { figure("median", of: $0)?.value != nil }
        let unit = keys.compactMap { figures[$0]?.first?.unit }.first ?? ""
        var plots: [Plot] = []
        if let subject = PlotSubject(sampled, unit: unit, order: order) {
            plots += sampledPlots(subject)
        }
        let recorded = keys.filter { figure("p50", of: $0)?.value != nil }
        if let subject = PlotSubject(recorded, unit: unit, order: order) {
            plots += recordedPlots(subject)
        }
        return plots
    }

    private func sampledPlots(_ subject: PlotSubject) -> [Plot] {
        if subject.metric == "spread", subject.sweeps.contains("virtual-nodes") {
            return [balance(subject)].compactMap(\.self)
        }
        if subject.keys.allSatisfy({ $0.parameters["from"] != nil && $0.parameters["to"] != nil }) {
            return [heatmap(subject)].compactMap(\.self)
        }
        if subject.sweeps.isEmpty {
            let isRecorded = subject.keys.contains { figure("p50", of: $0)?.value != nil }
            return [
                isRecorded && subject.isDurable ? nil : contenders(subject), distribution(subject),
            ].compactMap(\.self)
        }
        guard let kind = PlotKind(sweepOf: subject.unit), let swept = subject.widestSweep else {
            return []
        }
        let sweeps = parts(of: subject, besides: swept).compactMap { part, fixed in
            sweep(part, over: swept, kind, fixed: fixed)
        }
        guard let concurrency = concurrency(of: subject) else { return sweeps }
        return sweeps
            + parts(of: subject, besides: concurrency).compactMap { part, fixed in
                scaling(part, over: concurrency, fixed: fixed)
            }
    }

    private func recordedPlots(_ subject: PlotSubject) -> [Plot] {
        parts(of: subject, besides: nil).compactMap { part, fixed in
            part.isDurable ? durable(part, fixed: fixed) : percentiles(part, fixed: fixed)
        }
    }

    /// `subject` as it is when its curves can be told apart, otherwise divided by the values of
    /// the parameters that are swept besides `swept`.
    func parts(
        of subject: PlotSubject, besides swept: String?
    ) -> [(PlotSubject, [ParameterSet.Pair])] {
        let labels = Set(subject.keys.map { subject.label(of: $0, without: swept) })
        if labels.count <= PlotSubject.styleCount { return [(subject, [])] }
        return subject.combinations(of: subject.sweeps.filter { $0 != swept }).compactMap { pairs in
            subject.restricted(to: pairs, order: order).map { ($0, pairs) }
        }
    }
}
