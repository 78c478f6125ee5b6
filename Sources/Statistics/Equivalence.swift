import Glibc

/// Two one-sided tests: whether two sets are alike within a margin that was named beforehand.
///
/// A comparison that finds no difference proves nothing; this proves likeness, when both "it lies
/// below the margin" and "it lies above" are refuted. Equivalence at level α is the same as the
/// 1 − 2α interval lying within the margin. Source: Schuirmann, "A comparison of the two one-sided
/// tests procedure and the power approach", J. Pharmacokinetics and Biopharmaceutics 15, 1987. The
/// figures must be independent: one a fork, or one a round.
public struct Equivalence: Hashable, Sendable {
    /// The difference of means, or the ratio of geometric means.
    public let effect: Double
    /// The p-value of "the effect lies at the margin's lower end or below".
    public let significanceAboveLow: Double
    /// The p-value of "the effect lies at the margin's upper end or above".
    public let significanceBelowHigh: Double

    /// The p-value of "not equivalent": the larger of the two.
    public var significance: Double { max(significanceAboveLow, significanceBelowHigh) }

    /// Of the means of two independent sets, the margin in their unit (Welch's t).
    ///
    /// - Precondition: two finite figures or more a set; the margin is finite.
    public static func ofMeans(
        _ first: [Double], _ second: [Double], within margin: ClosedRange<Double>
    ) -> Equivalence {
        requireFinite(margin)
        let found = WelchDifference(first, second)
        return Equivalence(found, margin, scale: { $0 })
    }

    /// Of two independent sets of positive figures by the ratio of their geometric means, e.g.
    /// within `(1 / 1.03)...1.03`.
    ///
    /// - Precondition: two finite positive figures or more a set; the margin is positive.
    public static func ofRatio(
        _ first: [Double], _ second: [Double], within margin: ClosedRange<Double>
    ) -> Equivalence {
        requireFinite(margin)
        let found = WelchDifference(logarithms(first), logarithms(second))
        return Equivalence(found, logarithms(margin), scale: { exp($0) })
    }

    /// Of figures measured in pairs, by the geometric mean of their ratios.
    ///
    /// - Precondition: as many figures in both, two at least, finite and positive; the margin is
    ///   positive.
    public static func ofPairedRatio(
        _ first: [Double], _ second: [Double], within margin: ClosedRange<Double>
    ) -> Equivalence {
        precondition(
            first.count == second.count, "\(first.count) and \(second.count) figures in pairs")
        requireFinite(margin)
        let differences = zip(logarithms(first), logarithms(second)).map { $0 - $1 }
        return Equivalence(
            WelchDifference(paired: differences), logarithms(margin), scale: { exp($0) })
    }

    private init(
        _ found: WelchDifference, _ margin: ClosedRange<Double>, scale: (Double) -> Double
    ) {
        effect = scale(found.difference)
        significanceAboveLow = found.significanceAbove(margin.lowerBound)
        significanceBelowHigh = found.significanceBelow(margin.upperBound)
    }

    private static func requireFinite(_ margin: ClosedRange<Double>) {
        precondition(
            margin.lowerBound.isFinite && margin.upperBound.isFinite,
            "margin \(margin) must be finite")
    }

    private static func logarithms(_ figures: [Double]) -> [Double] {
        figures.map { figure in
            precondition(figure > 0, "figure \(figure) has no logarithm")
            return log(figure)
        }
    }

    private static func logarithms(_ margin: ClosedRange<Double>) -> ClosedRange<Double> {
        precondition(margin.lowerBound > 0, "margin \(margin) must be positive")
        return log(margin.lowerBound)...log(margin.upperBound)
    }
}
