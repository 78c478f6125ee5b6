import Measurement
import Runs

/// What pictures are made from.
struct PlotSource {
    let manifest: Manifest
    let order: RunOrder
    /// The machine in one line.
    let machine: String
    /// Figures by what they are statistics of.
    let figures: [FigureKey: [Figure]]
    /// Samples that are not warm-up.
    let samples: [FigureKey: [Sample]]
    /// The samples of forks that were set aside, which are in no figure.
    let setAside: [FigureKey: [Sample]]
    let distributions: [FigureKey: LatencyDistribution]
    /// The metric that each workload is about.
    private let principals: [String: String]

    init(
        manifest: Manifest, machine: String, figures: [Figure], samples: [Sample],
        setAside: [Sample] = [], distributions: [FigureKey: LatencyDistribution]
    ) {
        self.manifest = manifest
        self.machine = DisplayText.clean(machine)
        order = RunOrder(manifest)
        self.figures = Dictionary(grouping: figures, by: \.key)
        self.samples = Dictionary(grouping: samples.filter { !$0.isWarmup }, by: \.key)
        self.setAside = Dictionary(grouping: setAside.filter { !$0.isWarmup }, by: \.key)
        self.distributions = distributions
        var metrics: [String: Set<String>] = [:]
        for figure in figures where PlotSource.isDrawn(figure.metric) {
            metrics[figure.workload, default: []].insert(figure.metric)
        }
        let order = order
        principals = Dictionary(
            uniqueKeysWithValues: metrics.compactMap { workload, present in
                order.principalMetric(of: workload, among: present).map { (workload, $0) }
            })
    }

    /// Whether a metric gets pictures of its own. What counters gave stands in tables: a picture
    /// for each of them would bury the others.
    static func isDrawn(_ metric: String) -> Bool {
        !FigureGroup.isCompanion(metric) && !metric.hasPrefix("counter.")
    }

    /// The metric that `workload` is about.
    func principalMetric(of workload: String) -> String? { principals[workload] }

    /// The statistic `name` of `key`.
    func figure(_ name: String, of key: FigureKey) -> Figure? {
        figures[key]?.first { $0.statistic == name }
    }

    /// The median of the floor beneath `key`, of the same contender or, where the floor does not
    /// depend on one, of none; `nil` when it is in another unit, and so beneath another metric.
    func floor(of key: FigureKey, unit: String) -> Figure? {
        let without = FigureKey(
            workload: key.workload,
            parameters: key.parameters.without("contender"),
            profile: key.profile, metric: "floor")
        let floor = figure("median", of: key.with(metric: "floor")) ?? figure("median", of: without)
        return floor?.unit == unit ? floor : nil
    }

    /// The median of a metric that belongs to the one its workload is about, such as `relative`;
    /// `nil` for the other metrics of the workload.
    func companion(_ metric: String, of key: FigureKey) -> Figure? {
        guard principals[key.workload] == key.metric else { return nil }
        return figure("median", of: key.with(metric: metric))
    }

    /// Everybody who was measured in a workload, in the order of the run.
    func contenders(of workload: String) -> [String] {
        order.contenders(
            figures.keys.filter { $0.workload == workload }.compactMap(\.contender), of: workload)
    }

    /// Which way `metric` of `workload` is better.
    func direction(of metric: String, in workload: String) -> MetricSpecification.Direction {
        specification(of: metric, in: workload)?.better ?? .neither
    }

    /// What the benchmark of `workload` says of `metric`.
    func specification(of metric: String, in workload: String) -> MetricSpecification? {
        let benchmark = manifest.workloads.first { $0.workload == workload }?.benchmark
        return manifest.benchmarks.first { $0.benchmark == benchmark }?.metrics
            .first { $0.name == metric }
    }

    /// What a placement means, for the title of a panel.
    func title(ofPlacement name: String?) -> String {
        guard let name else { return "" }
        guard let placement = Placement(rawValue: name) else { return name }
        return "\(name): \(placement.summary)"
    }

    /// A name for a picture of `subject`: `word` and `pairs` tell it from the subject's others.
    func name(
        of subject: PlotSubject, _ word: String, _ pairs: [ParameterSet.Pair] = []
    ) -> String {
        let isNamed = subject.workload.split(separator: ".").last.map(String.init) == subject.metric
        let isAlone = figures.keys.allSatisfy { $0.profile == subject.profile }
        let parts =
            [subject.workload] + (isNamed ? [] : [subject.metric]) + [word]
            + pairs.map { "\($0.key)-\($0.value)" }
            + (subject.spansProfiles ? ["profiles"] : isAlone ? [] : [subject.profile])
        return parts.map(Plot.plainName).joined(separator: "-")
    }

    /// What is written beneath every picture.
    var foot: [String] {
        let commit = manifest.commit.map { ", commit \($0.prefix(12))" } ?? ""
        let ending = manifest.ending == .interrupted ? ", interrupted" : ""
        return [
            machine,
            "run \(manifest.run)\(ending), seed \(manifest.seed), "
                + "version \(manifest.tool)\(commit)",
        ]
    }
}

/// The figures of one metric of one workload under one profile, and what sets them apart.
struct PlotSubject {
    let workload: String
    let profile: String
    let metric: String
    let unit: String
    /// The keys in the order of the run.
    let keys: [FigureKey]
    /// Parameters that all keys have with one value.
    let common: [ParameterSet.Pair]
    /// Names of parameters that are numbers and differ, but for those that profiles set.
    let sweeps: [String]
    /// What the profiles set, where there are several.
    let settings: ProfileSettings

    init?(_ keys: [FigureKey], unit: String, order: RunOrder) {
        guard let first = keys.first else { return nil }
        workload = first.workload
        profile = first.profile
        metric = first.metric
        self.unit = unit
        let settings = ProfileSettings(of: keys)
        self.settings = settings
        // In the order that the keys have without what profiles set.
        let originals = Dictionary(
            keys.map { (settings.strippedKey(of: $0), $0) }, uniquingKeysWith: { first, _ in first }
        )
        let sorted = order.sorted(originals.keys, of: first.workload).compactMap { originals[$0] }
        self.keys = sorted
        let common = FigureGroup.commonPairs(of: sorted)
        self.common = common
        let names = Set(sorted.flatMap { $0.remainingParameters.pairs.map(\.key) })
            .subtracting(settings.names)
        sweeps = names.sorted().filter { name in
            let values = sorted.map { $0.parameters[name] }
            return !common.contains { $0.key == name }
                && values.allSatisfy { $0.flatMap(Double.init) != nil }
        }
    }

    /// Whether the keys are of several profiles, which are then told apart by their labels.
    var spansProfiles: Bool { keys.contains { $0.profile != profile } }

    /// Whether there are contenders or profiles to be held against each other.
    var setsApart: Bool { spansProfiles || keys.contains { $0.contender != nil } }

    /// The sweep that takes the most values.
    var widestSweep: String? {
        let counted = sweeps.map { name in (name, Set(keys.map { $0.parameters[name] }).count) }
        let most = counted.map(\.1).max()
        return counted.first { $0.1 == most }?.0
    }

    /// Whether what was measured had to be made durable.
    var isDurable: Bool {
        keys.contains { key in
            key.parameters.pairs.contains { $0.key.hasPrefix("durability") }
        }
    }

    /// The subject with only the keys that have all of `pairs`.
    func restricted(to pairs: [ParameterSet.Pair], order: RunOrder) -> PlotSubject? {
        PlotSubject(
            keys.filter { key in pairs.allSatisfy { key.parameters[$0.key] == $0.value } },
            unit: unit, order: order)
    }

    /// The distinct combinations of values that the parameters `names` take.
    func combinations(of names: [String]) -> [[ParameterSet.Pair]] {
        var found: [[ParameterSet.Pair]] = []
        for key in keys {
            let pairs = key.parameters.pairs.filter { names.contains($0.key) }
            if !found.contains(pairs) { found.append(pairs) }
        }
        return found
    }

    /// The placements of the keys, near ones first; `nil` alone when they have none.
    func placements(order: RunOrder) -> [String?] {
        let named = order.placements(keys.compactMap(\.placement))
        return named.isEmpty ? [nil] : named.map(Optional.some)
    }

    /// Who or what a curve or bar of `key` is, when `swept` is not what sets it apart.
    func label(of key: FigureKey, without swept: String? = nil) -> String {
        let key = settings.strippedKey(of: key)
        let stripped =
            swept.map {
                FigureKey(
                    workload: key.workload, parameters: key.parameters.without($0),
                    profile: key.profile, metric: key.metric)
            } ?? key
        let label = FigureGroup.label(of: stripped, without: common)
        guard spansProfiles else { return label.isEmpty ? metric : label }
        return label.isEmpty ? key.profile : "\(key.profile), \(label)"
    }

    /// Colour and shape of each label: a contender has the same in all pictures of a workload.
    func styles(
        _ labels: [String], contenders: [String]
    ) -> [String: Int] {
        var styles: [String: Int] = [:]
        if spansProfiles {
            let profiles = PlotSentence.distinct(keys.map(\.profile)).sorted()
            for key in keys {
                let index = profiles.firstIndex(of: key.profile) ?? 0
                styles[label(of: key)] = index % PlotSubject.styleCount + 1
            }
            return styles
        }
        let isPlain = labels.allSatisfy { contenders.contains($0) }
        for label in isPlain ? contenders : labels where styles[label] == nil {
            styles[label] = styles.count % PlotSubject.styleCount + 1
        }
        return styles
    }

    /// How many colours and shapes `plots/style.gp` has.
    static let styleCount = 8

    /// The parameters that hold for all of the picture, and the profile.
    var facts: String { facts(without: []) }

    /// The facts without the parameters `names`, which the picture itself shows.
    func facts(without names: [String]) -> String {
        ([workload]
            + common.filter { $0.key != "contenders" && !names.contains($0.key) }.map {
                "\($0.key)=\($0.value)"
            }
            + [spansProfiles ? "profiles side by side" : "profile \(profile)"])
            .joined(separator: ", ")
            + settings.sentences(under: PlotSentence.distinct(keys.map(\.profile)))
            .map { "; \($0)" }.joined()
    }

}
