import Quantities
import Statistics

/// Whether a metric changed, by samples of both sides, with the proof or the reason why there is
/// none.
///
/// In this order:
///
/// 1. `inconclusive` with fewer than `ComparisonRule.forksNeeded` forks a side, or without a ratio;
/// 2. `unstable` when more than a quarter of the forks are doubtful, or the spread between forks or
///    within them exceeds what the rule allows: whatever the tests would say, it is not said. Only
///    where every single pair lies beyond the threshold in the same direction, no spread among them
///    explains that away;
/// 3. `regressed` or `improved` when the interval of the ratio is clear of 1, the assumption-free
///    test agrees, and the ratio lies beyond the threshold. Both directions need the same;
/// 4. `unchanged` when two one-sided tests show that the ratio lies within the threshold. A ratio may
///    be proven to differ from 1 and yet be unchanged;
/// 5. `inconclusive` otherwise.
///
/// The fork is the sampling unit throughout (Georges, Buytaert and Eeckhout, OOPSLA 2007; Kalibera
/// and Jones, ISMM 2013). Paired forks: Hodges-Lehmann's ratio with Wilcoxon's signed-rank interval.
/// Independent ones: the ratio of medians with the hierarchical bootstrap's interval, and
/// Mann-Whitney's U. Equivalence: Schuirmann 1987. Where many metrics are compared, what a
/// comparison says alone is corrected by `ComparisonFamily`.
///
/// Simulated comparisons of ten forks of 25 windows with the default rule, 1000 a cell, and what they
/// said (`SimulationTests` with NILOMETER_TRIALS=1000). A/A, that is without any difference:
///
/// | machine | paired: regressed, improved, unchanged, unstable | independent, likewise |
/// | --- | --- | --- |
/// | sides of forks and windows vary by 1.4 % and 2 % | 0, 0, 849, 0 | 0, 0, 929, 0 |
/// | skewed windows | 0, 0, 739, 0 | 0, 0, 769, 0 |
/// | slower by 20 % while a fork runs | 0, 0, 844, 0 | 0, 0, 818, 0 |
/// | a side's placement costs 6 %, one in three | 4, 3, 35, 233 | 4, 3, 18, 80 |
/// | windows autocorrelated by 0.9 | 3, 2, 39, 237 | 3, 0, 23, 54 |
/// | one window in 20 takes 2 to 10 times as long, one side in ten 10 % longer | 0, 2, 118, 116 | 0, 1, 125, 101 |
///
/// The rest was inconclusive. Found of 5 %, paired: 995, 995 and 993 on the first three machines (ratios
/// of forks vary by about 2 %). On a processor that another thread burns, with slices of 3 ms: unstable
/// in 1000, 990 and 401, where b is slower by nothing, 5 % and 20 %, and regressed in the rest.
public struct Comparison: Sendable {
    /// What it came to.
    public internal(set) var status: ComparisonStatus
    /// New over base, with its interval; nil where there is none.
    public let ratio: Estimate?
    /// The p-value of "no difference", two-sided, free of assumptions on shape; nil where untested.
    public let rankSignificance: Double?
    /// The p-value of "no difference" by Student's t over the forks: what `ComparisonFamily` corrects,
    /// since the ranks of eight paired forks cannot fall below 2/2⁸ whatever the difference.
    public let significance: Double?
    /// `significance`, corrected for all metrics that were compared at once; nil outside a family.
    public internal(set) var adjustedSignificance: Double?
    /// The p-value of "the ratio lies beyond the threshold"; nil where untested.
    public let equivalenceSignificance: Double?
    /// How much the samples vary; nil where it cannot be said.
    public let spread: Spread?
    /// Why it came to this, in words, at least one.
    public internal(set) var reasons: [String]
    /// What was asked for.
    public let rule: ComparisonRule

    /// Compares two sides.
    ///
    /// - Parameters:
    ///   - samples: what was measured; in any positive unit.
    ///   - better: which way the metric gets better.
    ///   - doubts: reasons to doubt a fork, one list for each fork of both sides; empty when none
    ///     is doubted.
    /// - Complexity: O(samples · log samples), and the rule's resamples for independent forks.
    public init(
        _ samples: ComparedSamples, better: BetterDirection, rule: ComparisonRule,
        doubts: [[String]] = []
    ) {
        self.rule = rule
        spread = samples.spread
        let evidence = Comparison.evidence(samples, rule)
        ratio = evidence?.ratio
        rankSignificance = evidence?.rankSignificance
        significance = evidence?.studentSignificance
        equivalenceSignificance = evidence?.equivalenceSignificance
        let decision = Decision(
            samples: samples, spread: spread, evidence: evidence, better: better, rule: rule,
            doubts: doubts)
        (status, reasons) = decision.outcome
    }

    /// What to say of a metric that only one side has.
    ///
    /// - Precondition: `status` is `new` or `missing`.
    public init(onlyOneSide status: ComparisonStatus, rule: ComparisonRule) {
        precondition(status == .new || status == .missing, "\(status) needs samples")
        self.init(
            status: status,
            reasons: [
                status == .new ? "the base does not have it" : "the new side does not have it"
            ], rule: rule)
    }

    /// A comparison that was decided without tests.
    init(status: ComparisonStatus, reasons: [String], rule: ComparisonRule) {
        self.status = status
        self.reasons = reasons
        self.rule = rule
        (ratio, spread, rankSignificance, significance) = (nil, nil, nil, nil)
        equivalenceSignificance = nil
    }

    private static func evidence(_ samples: ComparedSamples, _ rule: ComparisonRule) -> Evidence? {
        guard samples.forkCount >= rule.forksNeeded, samples.isPositive else { return nil }
        return Evidence(samples, rule)
    }
}
