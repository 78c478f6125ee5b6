import Measurement
import Runs
import StrictYAML

/// Finds the figures that decide a claim.
struct EvidenceFigures {
    /// Durability classes of what survives a power cut: the device has no volatile cache, or its
    /// cache was flushed by the sync. Files in memory, overlays and what is unknown do not count.
    static let persistentClasses = ["device-no-volatile-cache", "device-volatile-cache"]

    /// Why a claim has no figure to be judged by.
    enum Absence: Error {
        /// Nothing of the workload was measured.
        case workload
        /// The workload was measured, the figure not.
        case figure
        /// What was written does not persist; with the classes that were seen.
        case persistence([String])
        /// The series has fewer than two ends.
        case series(along: String)
        /// Too few points for a law, of those up to so many cores where they are limited to that.
        case law(over: String, cores: Int?)
        /// A law asks for the number of cores, which is not known.
        case cores

        /// Whether a run of more would give what is missing.
        var isOfRun: Bool {
            switch self {
            case .workload, .figure, .series: true
            case .persistence, .cores: false
            case .law(_, let cores): cores.map { $0 >= LawProjection.fewestPoints } ?? true
            }
        }

        /// The end of a sentence on why the claim cannot be tested.
        func reason(_ evidence: Evidence) -> String {
            let figure = "\(evidence.statistic.value) \(evidence.metric.value)"
            let filter = evidence.filter.conditions.isEmpty ? "" : " with \(evidence.filter)"
            let workload = evidence.workload.value
            switch self {
            case .workload:
                return "needs a run of workload \(workload), which is not part of this one"
            case .figure:
                return "needs \(figure)\(filter), which this run of \(workload) does not give"
            case .persistence(let classes):
                return "needs a directory on storage that persists; \(workload) wrote to "
                    + classes.joined(separator: ", ")
            case .series(let along):
                return "needs \(figure)\(filter) at two values of \(along) at least"
            case .law(let over, let cores):
                let limit = cores.map { ", none above the number of cores, which is \($0)" } ?? ""
                return "needs \(figure)\(filter) at \(LawProjection.fewestPoints) values of "
                    + "\(over) at least\(limit)"
            case .cores:
                return "needs the number of cores, which is unknown"
            }
        }
    }

    private let byWorkload: [String: [Figure]]
    private let profiles: [String]

    /// Among these figures; where several profiles give evidence, the first of `profiles` counts.
    init(_ figures: [Figure], profiles: [String]) {
        byWorkload = Dictionary(grouping: figures, by: \.workload)
        self.profiles = profiles
    }

    /// The observations for `evidence` with the profile that they were made under; none of them of
    /// cores that were moved.
    func observations(
        for evidence: Evidence
    ) throws(Absence) -> (profile: String, observations: [Observation]) {
        let (profile, figures) = try figures(for: evidence, evidence.filter)
        guard let trend = evidence.trend else {
            return (profile, figures.map(observation))
        }
        let series = series(of: figures, along: trend.along.value, without: trend.against)
        guard let against = trend.against else {
            return (profile, try ends(of: series, nil, trend))
        }
        let (_, controls) = try self.figures(
            for: evidence, evidence.filter.overridden(by: against), profile: profile)
        let control = self.series(of: controls, along: trend.along.value, without: against)
        return (profile, try ends(of: series, control, trend))
    }

    private func figures(
        for evidence: Evidence, _ filter: Filter, profile asked: String? = nil
    ) throws(Absence) -> (profile: String, figures: [Figure]) {
        guard let all = byWorkload[evidence.workload.value] else { throw .workload }
        var found = all.filter { figure in
            figure.metric == evidence.metric.value && figure.statistic == evidence.statistic.value
                && figure.parameters["placement"] != Placement.moved.rawValue
                && filter.accepts(figure.parameters)
        }
        if found.isEmpty { throw .figure }
        if evidence.mustPersist {
            let classes = found.map { $0.parameters["durability-class"] ?? "an unknown class" }
            found = found.filter { figure in
                figure.parameters["durability-class"].map(Self.persistentClasses.contains) ?? false
            }
            if found.isEmpty { throw .persistence(Array(Set(classes)).sorted()) }
        }
        let present = Set(found.map(\.profile))
        let order = (asked.map { [$0] } ?? profiles) + present.sorted()
        guard let profile = order.first(where: present.contains) else { throw .figure }
        return (profile, found.filter { $0.profile == profile })
    }

    private func observation(of figure: Figure) -> Observation {
        Observation(figure, extremes: extremes(of: figure))
    }

    /// The least that the machine allows for what was observed, where its workload measured that:
    /// the median of its metric `floor` under the same parameters, whoever contends.
    func floor(of observation: Observation, profile: String) -> Observation? {
        let rows = (byWorkload[observation.workload] ?? []).filter { row in
            row.metric == "floor" && row.statistic == "median" && row.profile == profile
                && row.parameters["placement"] == observation.placement?.rawValue
                && row.parameters.pairs.allSatisfy { pair in
                    pair.key == "contender" || pair.key == "placement"
                        || observation.parameters[pair.key].map { $0 == pair.value } ?? true
                }
        }
        return rows.first.map { Observation($0, extremes: (nil, nil)) }
    }

    /// The ends of the samples that a median or a mean summarises. A percentile of a distribution
    /// summarises others than the samples whose extremes are known.
    private func extremes(of figure: Figure) -> (low: Double?, high: Double?) {
        guard figure.statistic == "median" || figure.statistic == "mean" else { return (nil, nil) }
        let rows = (byWorkload[figure.workload] ?? []).filter {
            $0.metric == figure.metric && $0.parameters == figure.parameters
                && $0.profile == figure.profile
        }
        return (
            rows.filter { $0.statistic == "min" }.compactMap(\.value).min(),
            rows.filter { $0.statistic == "max" }.compactMap(\.value).max()
        )
    }
}

extension EvidenceFigures {
    /// Figures that differ in nothing but the parameter of the series, in its order.
    private typealias Series = [(at: Double, figure: Figure)]

    private func series(
        of figures: [Figure], along name: String, without against: Filter?
    ) -> [ParameterSet: Series] {
        var series: [ParameterSet: Series] = [:]
        for figure in figures {
            guard let at = figure.parameters[name].flatMap(Double.init) else { continue }
            let rest = ([name] + (against?.names ?? [])).reduce(figure.parameters) {
                $0.without($1)
            }
            series[rest, default: []].append((at, figure))
        }
        return series.mapValues { $0.sorted { $0.at < $1.at } }
    }

    /// The last figure of each series in proportion to its first, and that in proportion to the
    /// control's, between the outermost values that both have.
    private func ends(
        of series: [ParameterSet: Series], _ controls: [ParameterSet: Series]?,
        _ trend: Evidence.Trend
    ) throws(Absence) -> [Observation] {
        let along = trend.along.value
        var found: [Observation] = []
        for (rest, points) in series.sorted(by: { $0.key < $1.key }) {
            let control = controls.map { $0[rest] ?? [] }
            let shared = points.filter { point in
                control?.contains { $0.at == point.at } ?? true
            }
            guard let first = shared.first, let last = shared.last, last.at > first.at else {
                continue
            }
            let ratio = growth(from: first, to: last, along)
            guard let control, let against = trend.against else {
                found.append(ratio)
                continue
            }
            let ends = control.filter { $0.at == first.at || $0.at == last.at }
            let base = growth(from: ends[0], to: ends[ends.count - 1], along)
            found.append(
                ratio.ratio(
                    to: base, title: "\(ratio.title), set against that of \(against),",
                    workload: ratio.workload))
        }
        if found.isEmpty { throw .series(along: along) }
        return found
    }

    private func growth(
        from first: Series.Element, to last: Series.Element, _ along: String
    ) -> Observation {
        let (start, end) = (observation(of: first.figure), observation(of: last.figure))
        let from = "\(along)=\(FigureText.plain(first.at))"
        let to = "\(along)=\(FigureText.plain(last.at))"
        return end.ratio(
            to: start, title: "growth of \(end.title) from \(from) to \(to)",
            workload: end.workload)
    }
}
