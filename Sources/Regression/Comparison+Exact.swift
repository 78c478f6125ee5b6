import Quantities

extension Comparison {
    /// Compares figures that were computed: without sampling error, any difference is one, and the
    /// threshold alone decides whether it matters.
    ///
    /// - Parameters:
    ///   - base: what each fork of the base computed, at least one.
    ///   - new: what each fork of the new side computed, at least one.
    public init(
        exactly base: [Double], _ new: [Double], better: BetterDirection, rule: ComparisonRule
    ) {
        precondition(!base.isEmpty && !new.isEmpty, "an exact figure needs a fork a side")
        let agree = base.allSatisfy { $0 == base[0] } && new.allSatisfy { $0 == new[0] }
        let (status, reason) =
            agree
            ? Comparison.decide(base[0], new[0], better, rule)
            : (.inconclusive, "forks disagree on an exact figure")
        self.init(status: status, reasons: [reason], rule: rule)
    }

    private static func decide(
        _ base: Double, _ new: Double, _ better: BetterDirection, _ rule: ComparisonRule
    ) -> (ComparisonStatus, String) {
        if base == new { return (.unchanged, "computed, and the same") }
        if base > 0, new > 0, rule.margin.contains(new / base) {
            return (
                .unchanged, "computed, and within \(Presentation.percent(rule.threshold))"
            )
        }
        let isWorse = (new > base) == (better == .lower)
        let from = Presentation.significant(base, digits: 6)
        let to = Presentation.significant(new, digits: 6)
        return (isWorse ? .regressed : .improved, "computed: from \(from) to \(to)")
    }
}
