import Measurement
import Runs

/// The order in which a run's figures are shown: workloads and contenders as they were planned,
/// metrics as their benchmark declares them, placements from near to far.
///
/// Whatever the plan does not name comes after what it names, in the order of the alphabet.
struct RunOrder {
    private var workloads: [String: Int] = [:]
    private var benchmarks: [String: String] = [:]
    private var metrics: [String: [String]] = [:]
    private var contenders: [String: [String]] = [:]
    private let profiles: [String]

    init(_ manifest: Manifest) {
        profiles = manifest.profiles.map(\.name)
        for benchmark in manifest.benchmarks {
            metrics[benchmark.benchmark] = benchmark.metrics.map(\.name)
        }
        for planned in manifest.workloads where workloads[planned.workload] == nil {
            workloads[planned.workload] = workloads.count
            benchmarks[planned.workload] = planned.benchmark
            let listed = planned.parameters["contenders"] ?? ""
            contenders[planned.workload] = listed.split(separator: ",").map(String.init)
        }
    }

    /// The metric that a workload is about: the first that its benchmark declares and that has
    /// figures.
    func principalMetric(of workload: String, among present: Set<String>) -> String? {
        sorted(Array(present), by: declaredMetrics(of: workload)).first
    }

    func workloads(_ names: some Collection<String>) -> [String] {
        Set(names).sorted { left, right in
            (workloads[left] ?? .max, left) < (workloads[right] ?? .max, right)
        }
    }

    func contenders(_ names: some Collection<String>, of workload: String) -> [String] {
        sorted(Array(Set(names)), by: contenders[workload] ?? [])
    }

    func placements(_ names: some Collection<String>) -> [String] {
        sorted(Array(Set(names)), by: Placement.allCases.map(\.rawValue))
    }

    /// The keys of one workload, by metric, parameters, placement, contender, profile.
    func sorted(_ keys: some Collection<FigureKey>, of workload: String) -> [FigureKey] {
        let metrics = ranks(Set(keys.map(\.metric)), by: declaredMetrics(of: workload))
        let placements = ranks(
            Set(keys.compactMap(\.placement)), by: Placement.allCases.map(\.rawValue))
        let contenders = ranks(
            Set(keys.compactMap(\.contender)), by: contenders[workload] ?? [])
        let profileRanks = ranks(Set(keys.map(\.profile)), by: profiles)
        let ranked = keys.map { key in
            (
                key: key, metric: metrics[key.metric] ?? 0, rest: key.remainingParameters,
                placement: key.placement.flatMap { placements[$0] } ?? -1,
                contender: key.contender.flatMap { contenders[$0] } ?? -1,
                profile: profileRanks[key.profile] ?? 0
            )
        }
        return ranked.sorted { left, right in
            if left.metric != right.metric { return left.metric < right.metric }
            if left.rest != right.rest { return left.rest < right.rest }
            if left.placement != right.placement { return left.placement < right.placement }
            if left.contender != right.contender { return left.contender < right.contender }
            if left.profile != right.profile { return left.profile < right.profile }
            return left.key < right.key
        }.map(\.key)
    }

    private func declaredMetrics(of workload: String) -> [String] {
        benchmarks[workload].flatMap { metrics[$0] } ?? []
    }

    private func ranks(_ names: Set<String>, by order: [String]) -> [String: Int] {
        var ranks: [String: Int] = [:]
        for (rank, name) in sorted(Array(names), by: order).enumerated() { ranks[name] = rank }
        return ranks
    }

    private func sorted(_ names: [String], by order: [String]) -> [String] {
        names.sorted { left, right in
            let leftRank = order.firstIndex(of: left) ?? .max
            let rightRank = order.firstIndex(of: right) ?? .max
            return (leftRank, left) < (rightRank, right)
        }
    }
}

extension FigureKey {
    /// Who was measured, where several were measured side by side.
    var contender: String? { parameters["contender"] }

    /// How near the two cores were to each other.
    var placement: String? { parameters["placement"] }

    /// The parameters without contender, placement and the list of contenders.
    var remainingParameters: ParameterSet {
        parameters.without("contender").without("placement").without("contenders")
    }
}

extension Figure {
    /// What it is a statistic of.
    var key: FigureKey {
        FigureKey(workload: workload, parameters: parameters, profile: profile, metric: metric)
    }
}
