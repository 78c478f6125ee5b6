/// What a comparison of a metric's base with its new samples came to.
public enum ComparisonStatus: String, Hashable, Codable, Sendable, CaseIterable {
    /// Worse by more than the threshold, proven.
    case regressed
    /// Better by more than the threshold, with the same proof.
    case improved
    /// Shown to differ by less than the threshold: equivalence was proven, not difference missed.
    case unchanged
    /// Neither a difference nor equivalence could be shown.
    case inconclusive
    /// The samples vary, or are doubted, too much for any verdict.
    case unstable
    /// Only the new side has the metric.
    case new
    /// Only the base has the metric.
    case missing

    /// Whether it says for certain that something changed.
    public var isChange: Bool { self == .regressed || self == .improved }
}
