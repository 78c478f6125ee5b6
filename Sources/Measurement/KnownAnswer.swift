/// What a figure must come to when the answer is known beforehand: how the suite tests itself.
///
/// A benchmark that measures a known answer records one beside its samples, with the same metric and
/// parameters; the run's products say for each whether it was met.
public struct KnownAnswer: Codable, Hashable, Sendable {
    /// What is asked of the figure.
    public enum Condition: Codable, Hashable, Sendable {
        /// The figure lies between these, ends included; an end that is `nil` bounds nothing.
        case within(low: Double?, high: Double?)
        /// The figure's interval holds the value.
        case intervalHolds(Double)
    }

    /// The metric's name.
    public let metric: String
    /// The parameters of the figure.
    public let parameters: ParameterSet
    /// The statistic that is judged, such as `median`, `p99.9` or `exact`.
    public let statistic: String
    /// What is asked of it, in the metric's unit.
    public let condition: Condition
    /// Where the expected value comes from, in words.
    public let reason: String

    /// An expectation.
    public init(
        metric: String, parameters: ParameterSet, statistic: String, condition: Condition,
        reason: String
    ) {
        if case .within(let low?, let high?) = condition {
            precondition(low <= high, "nothing lies between \(low) and \(high)")
        }
        self.metric = metric
        self.parameters = parameters
        self.statistic = statistic
        self.condition = condition
        self.reason = reason
    }
}
