import Glibc
import Quantities
import Statistics

/// How much the samples of a side vary, relative to their level and on the scale of a normal
/// distribution's standard deviation: 0.02 is "2 %".
///
/// Quantile ranges instead of standard deviations, so that single outliers do not count, and
/// instead of the median absolute deviation, which is zero as long as more than half of the values
/// are alike: a machine that is disturbed in a third of the windows would pass for a perfect one.
public struct Spread: Hashable, Codable, Sendable {
    /// Between the forks' medians: their interquartile range on the logarithmic scale, over 1.349.
    /// One wild fork of eight does not move it; three of eight on another level do.
    public let between: Double
    /// Of the windows of a fork: their range from the first to the ninth decile over twice 1.2816
    /// and over their median; the median over the forks that have `fewestWindows` windows. nil where
    /// fewer than half of them do.
    public let within: Double?

    /// Fewer windows than this say nothing about a fork's own spread.
    public static let fewestWindows = 5

    /// Of one array a fork, all with a positive median.
    init(of forks: [[Double]]) {
        let figures = forks.map { log(Quantile.median(of: $0)) }
        between =
            (Quantile.of(figures, at: 0.75) - Quantile.of(figures, at: 0.25)) / Spread.quartiles
        let telling = forks.filter { $0.count >= Spread.fewestWindows }
        guard 2 * telling.count >= forks.count else {
            within = nil
            return
        }
        within = Quantile.median(
            of: telling.map { fork in
                (Quantile.of(fork, at: 0.9) - Quantile.of(fork, at: 0.1))
                    / (Spread.deciles * Quantile.median(of: fork))
            })
    }

    private init(between: Double, within: Double?) {
        self.between = between
        self.within = within
    }

    func larger(of other: Spread) -> Spread {
        Spread(
            between: max(between, other.between),
            within: [within, other.within].compactMap { $0 }.max())
    }

    /// What exceeds the rule's limits, in words.
    func excess(over rule: ComparisonRule) -> [String] {
        var reasons: [String] = []
        if between > rule.greatestSpreadBetween {
            reasons.append(
                "processes spread by \(Presentation.percent(between)), "
                    + "\(Presentation.percent(rule.greatestSpreadBetween)) allowed")
        }
        if let within, within > rule.greatestSpreadWithin {
            reasons.append(
                "windows within a process spread by \(Presentation.percent(within)), "
                    + "\(Presentation.percent(rule.greatestSpreadWithin)) allowed")
        }
        return reasons
    }

    /// Φ⁻¹(0.75) − Φ⁻¹(0.25) and Φ⁻¹(0.9) − Φ⁻¹(0.1).
    private static let quartiles = 1.348_979_500_392_163_5
    private static let deciles = 2.563_103_131_089_201_2
}
