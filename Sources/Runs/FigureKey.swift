import Measurement

/// What identifies the figures that are summarised together.
public struct FigureKey: Codable, Hashable, Sendable, Comparable {
    /// The workload.
    public let workload: String
    /// The parameters of the figure.
    public let parameters: ParameterSet
    /// The profile.
    public let profile: String
    /// The metric.
    public let metric: String

    /// A key.
    public init(workload: String, parameters: ParameterSet, profile: String, metric: String) {
        self.workload = workload
        self.parameters = parameters
        self.profile = profile
        self.metric = metric
    }

    /// Orders by workload, metric, parameters, profile: the order of result files.
    public static func < (left: FigureKey, right: FigureKey) -> Bool {
        if left.workload != right.workload { return left.workload < right.workload }
        if left.metric != right.metric { return left.metric < right.metric }
        if left.parameters != right.parameters { return left.parameters < right.parameters }
        return left.profile < right.profile
    }
}
