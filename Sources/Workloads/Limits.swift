import Quantities

/// Bounds beyond which a plan is a mistake rather than a wish.
public enum Limits {
    /// Processes that measure one workload.
    public static let forks = 1...1000
    /// How long one of them measures.
    public static let time = Nanoseconds.milliseconds(10)...Nanoseconds.seconds(3600)
    /// How long a run may take.
    public static let budget = Nanoseconds.seconds(1)...Nanoseconds.seconds(86_400)
    /// The largest share of a budget that a suite may keep for setting up.
    public static let setUp = 0.5
    /// Workloads of one plan, each combination of a sweep counted.
    public static let plannedWorkloads = 10_000
    /// Processes of one plan, the forks of all its workloads together.
    public static let processes = 100_000
}
