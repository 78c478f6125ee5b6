import Counters
import Measurement

/// What happened to a workload's processes while they measured: how much of what it measured may be
/// the machine's doing.
public struct DisturbanceSummary: Hashable, Sendable {
    /// The workload.
    public let workload: String
    /// The profile.
    public let profile: String
    /// Forks that gave a record, those set aside among them.
    public let forks: Int
    /// How long they measured, in nanoseconds, all together.
    public let time: Double
    /// What the kernel counted, all together; a count that some fork lacks is `nil`.
    public let events: EventCounts
    /// The reading with the longest gap, of all probes beside the forks.
    public let worstGap: ForkNoise.Reading?
    /// Forks whose samples go into no figure because they were disturbed and measured again.
    public let setAside: Int

    /// The summaries of a run, a row for each workload and profile, in the order of the plan.
    /// Forks of versions that did not keep their time are left out.
    public static func all(of manifest: Manifest) -> [DisturbanceSummary] {
        var summaries: [DisturbanceSummary] = []
        for (index, planned) in manifest.workloads.enumerated() {
            guard
                !manifest.workloads[..<index].contains(where: {
                    $0.workload == planned.workload && $0.profile == planned.profile
                })
            else { continue }
            let forks = manifest.forks.filter { fork in
                let other = manifest.workloads[fork.workload]
                return other.workload == planned.workload && other.profile == planned.profile
            }
            if let summary = DisturbanceSummary(planned, forks) { summaries.append(summary) }
        }
        return summaries
    }

    private init?(_ planned: PlannedWorkload, _ forks: [Manifest.ForkSummary]) {
        let counted = forks.compactMap { fork in
            fork.events.flatMap { events in fork.measuredTime.map { (events, $0) } }
        }
        guard let first = counted.first else { return nil }
        workload = planned.workload
        profile = planned.profile
        self.forks = counted.count
        time = counted.reduce(0) { $0 + $1.1 }
        events = counted.dropFirst().reduce(first.0) { $0.adding($1.0) }
        worstGap = forks.compactMap { $0.noise?.worst }.max { $0.longestGap < $1.longestGap }
        setAside = forks.count { $0.setAside != nil }
    }
}
