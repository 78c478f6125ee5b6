import Measurement

/// The doubts of a run's forks, found by the workload that they are about.
struct DoubtIndex {
    private struct Place: Hashable {
        let workload: String
        let profile: String
    }

    private let manifest: Manifest
    /// The workloads of a name and profile.
    private var planned: [Place: [Int]] = [:]
    /// The forks of a workload that stand, in their order.
    private var forks: [Int: [Int]] = [:]

    init(_ manifest: Manifest) {
        self.manifest = manifest
        for (index, workload) in manifest.workloads.enumerated() {
            planned[Place(workload: workload.workload, profile: workload.profile), default: []]
                .append(index)
        }
        for (index, fork) in manifest.forks.enumerated() where fork.setAside == nil {
            forks[fork.workload, default: []].append(index)
        }
    }

    /// Reasons that forks gave, each once, in the order of the forks, and how many of those that were
    /// begun gave no samples.
    func reasons(about key: FigureKey) -> [String] {
        let asked = planned[Place(workload: key.workload, profile: key.profile)] ?? []
        let own = asked.filter { manifest.workloads[$0].parameters.agrees(with: key.parameters) }
            .flatMap { forks[$0] ?? [] }.sorted()
        var reasons: [String] = []
        var missing = 0
        var expected = 0
        for fork in own.map({ manifest.forks[$0] }) {
            // Later numbers are repeats: what fails of them leaves the fork that they repeat.
            if fork.fork < manifest.workloads[fork.workload].forks,
                fork.failure != Manifest.ForkSummary.skipped
            {
                expected += 1
                if fork.failure != nil { missing += 1 }
            }
            for doubt in fork.doubts
            where doubt.metric == key.metric && doubt.parameters == key.parameters
                && !reasons.contains(doubt.reason)
            {
                reasons.append(doubt.reason)
            }
        }
        if missing > 0 { reasons.append("\(missing) of \(expected) processes gave nothing") }
        return reasons
    }
}
