import Quantities
import Statistics

/// The way from evidence to a status, in the order that `Comparison` documents.
struct Decision {
    let samples: ComparedSamples
    let spread: Spread?
    let evidence: Evidence?
    let better: BetterDirection
    let rule: ComparisonRule
    let doubts: [[String]]

    var outcome: (ComparisonStatus, [String]) {
        guard samples.forkCount >= rule.forksNeeded else {
            return (
                .inconclusive,
                ["\(samples.forkCount) processes, \(rule.forksNeeded) needed to show anything"]
            )
        }
        guard let evidence else {
            return (.inconclusive, ["a median is not positive: there is no ratio"])
        }
        let (doubt, excess) = (doubt, spread?.excess(over: rule) ?? [])
        // What every pair shows by itself, no spread among them explains away.
        if doubt == nil, !excess.isEmpty, samples.areUnanimous(beyond: rule.margin),
            let (status, reasons) = change(evidence)
        {
            return (
                status, reasons + ["in every pair, although \(excess.joined(separator: " and "))"]
            )
        }
        let instabilities = [doubt].compactMap(\.self) + excess
        if !instabilities.isEmpty { return (.unstable, instabilities) }
        if let change = change(evidence) { return change }
        if evidence.equivalenceSignificance <= rule.level {
            return (.unchanged, ["shown to lie within \(percent(rule.threshold))"])
        }
        return (.inconclusive, inconclusiveness(evidence))
    }

    /// Why nothing should be said, where too many processes are doubtful.
    private var doubt: String? {
        let doubtful = doubts.filter { !$0.isEmpty }
        guard Double(doubtful.count) > rule.greatestDoubtfulShare * Double(doubts.count) else {
            return nil
        }
        var named: [String] = []
        for reason in doubtful.joined() where !named.contains(reason) { named.append(reason) }
        return "\(doubtful.count) of \(doubts.count) processes are doubtful: "
            + named.joined(separator: ", ")
    }

    /// A change that is proven and beyond the threshold.
    private func change(_ evidence: Evidence) -> (ComparisonStatus, [String])? {
        guard let interval = evidence.ratio.interval, !interval.contains(1),
            evidence.rankSignificance <= rule.level,
            !rule.margin.contains(evidence.ratio.value)
        else { return nil }
        let isLarger = evidence.ratio.value > 1
        // A disagreement between estimate and interval would prove nothing.
        guard isLarger == (interval.low > 1) else { return nil }
        let isWorse = isLarger == (better == .lower)
        let moved = percent(abs(evidence.ratio.value - 1))
        return (
            isWorse ? .regressed : .improved,
            [
                "\(isLarger ? "larger" : "smaller") by \(moved), "
                    + "more than \(percent(rule.threshold))"
            ]
        )
    }

    private func inconclusiveness(_ evidence: Evidence) -> [String] {
        guard let interval = evidence.ratio.interval else {
            return evidence.ratio.caveats.map(\.description)
        }
        if interval.contains(1) {
            return ["the interval of the ratio holds 1 and reaches beyond the threshold"]
        }
        if rule.margin.contains(evidence.ratio.value) {
            return ["differs, but neither by more nor by less than \(percent(rule.threshold))"]
        }
        return ["the interval is clear of 1, the test free of assumptions does not agree"]
    }

    private func percent(_ share: Double) -> String { Presentation.percent(share) }
}

extension Presentation {
    /// A share in per cent with two significant digits: `5.2 %`.
    static func percent(_ share: Double) -> String { "\(significant(share * 100, digits: 2)) %" }
}
