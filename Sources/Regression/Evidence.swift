import Glibc
import Randomness
import Statistics

/// What the tests say about two sides with enough forks, before anybody decides.
struct Evidence {
    /// New over base.
    let ratio: Estimate
    /// Two-sided, free of assumptions: Mann-Whitney's U over the forks' medians, or for paired
    /// forks all changes of sign of their log ratios.
    let rankSignificance: Double
    /// Two-sided, Student's t over the logarithms of the forks' figures (Welch's where the sides
    /// are independent).
    let studentSignificance: Double
    /// That the ratio lies outside the margin; two one-sided tests.
    let equivalenceSignificance: Double

    /// - Precondition: two forks a side or more, every fork's median positive.
    init(_ samples: ComparedSamples, _ rule: ComparisonRule) {
        switch samples.design {
        case .paired(let ratios): self.init(paired: ratios, rule)
        case .independent(let base, let new): self.init(base, new, rule)
        }
    }

    private init(paired ratios: [[Double]], _ rule: ComparisonRule) {
        let figures = ratios.map { Quantile.median(of: $0) }
        let ones = figures.map { _ in 1.0 }
        ratio = Evidence.pairedRatio(ratios, rule)
        let logarithms = figures.map { log($0) }
        rankSignificance =
            PermutationTest(seed: rule.seed.derived(for: "signs"))
            .center(ofPaired: logarithms).significance
        studentSignificance = Evidence.twoSided(
            .ofPairedRatio(figures, ones, within: 1...1))
        equivalenceSignificance =
            Equivalence.ofPairedRatio(figures, ones, within: rule.margin).significance
    }

    private init(_ base: [[Double]], _ new: [[Double]], _ rule: ComparisonRule) {
        let figures = (
            base: base.map { Quantile.median(of: $0) }, new: new.map { Quantile.median(of: $0) }
        )
        guard let ratio = rule.estimator.ratio(of: new, to: base) else {
            preconditionFailure("medians \(figures) have no ratio")
        }
        self.ratio = ratio
        rankSignificance = MannWhitney(figures.new, figures.base).significance
        studentSignificance = Evidence.twoSided(
            .ofRatio(figures.new, figures.base, within: 1...1))
        equivalenceSignificance =
            Equivalence.ofRatio(figures.new, figures.base, within: rule.margin).significance
    }

    /// The ratio of forks whose windows are ratios already.
    static func pairedRatio(_ ratios: [[Double]], _ rule: ComparisonRule) -> Estimate {
        let ones = ratios.map { $0.map { _ in 1.0 } }
        guard let ratio = rule.estimator.pairedRatio(of: ratios, to: ones) else {
            preconditionFailure("a fork's median ratio is not positive")
        }
        return ratio
    }

    /// From the two one-sided tests against no difference at all.
    private static func twoSided(_ test: Equivalence) -> Double {
        min(1, 2 * min(test.significanceAboveLow, test.significanceBelowHigh))
    }
}
