import Glibc

extension Quantile {
    /// The fewest samples whose smallest and largest hold the quantile at `probability` between
    /// them with `confidence`: the smallest n with 1 − pⁿ − (1 − p)ⁿ ≥ confidence.
    ///
    /// Fewer cannot carry any distribution-free interval, and the quantile is best reported as
    /// "n too small". At 0.95: 6 for the median, 299 for p99, 2 995 for p99.9, 29 956 for p99.99.
    ///
    /// - Precondition: `0 < probability < 1` and `0 < confidence < 1`. (The extremes of a
    ///   distribution have no such interval at any size.)
    public static func sampleCountNeeded(
        forProbability probability: Double, confidence: Double = 0.95
    ) -> Int {
        precondition(
            probability > 0 && probability < 1,
            "no number of samples bounds the quantile at \(probability)")
        precondition(
            confidence > 0 && confidence < 1, "confidence \(confidence) must lie between 0 and 1")
        let nearer = max(probability, 1 - probability)
        func covers(_ count: Int) -> Bool {
            let missed =
                exp(Double(count) * log(nearer)) + exp(Double(count) * log1p(-nearer))
            return missed <= 1 - confidence
        }
        var (low, high) = (1, 2)
        while !covers(high) { (low, high) = (high, high * 2) }
        while high - low > 1 {
            let middle = (low + high) / 2
            if covers(middle) { high = middle } else { low = middle }
        }
        return high
    }

    /// The interval of a quantile between two order statistics, free of assumptions on the shape
    /// of the distribution; nil when there are fewer than `sampleCountNeeded` samples.
    ///
    /// The number of independent samples below the true quantile is binomial, so the samples of
    /// ranks l and u hold it with probability P(l ≤ B < u). The tails are equal where the samples
    /// allow; a tail beyond the outermost sample gives what it cannot use to the other. Coverage
    /// is at least `confidence`. Source: David and Nagaraja, "Order Statistics", 3rd ed., 7.1.
    /// Samples of one process are seldom independent: see `Caveat.withinProcessOnly`.
    ///
    /// - Precondition: `0 < probability < 1` and `0 < confidence < 1`.
    /// - Complexity: O(log n) evaluations of the binomial distribution.
    public static func interval(
        of samples: SampleDistribution, at probability: Double, confidence: Double = 0.95
    ) -> ConfidenceInterval? {
        let count = samples.count
        let needed = sampleCountNeeded(forProbability: probability, confidence: confidence)
        guard count >= needed else { return nil }
        let law = Binomial(trials: count, probability: probability)
        let tail = (1 - confidence) / 2
        // Ranks from 1; 0 and count + 1 stand for "beyond the outermost sample".
        var lower = largestRank(law, missingAtMost: tail)
        var upper = law.quantile(1 - tail) + 1
        if upper > count {
            upper = count
            let missedAbove = 1 - law.cumulative(count - 1)
            lower = largestRank(law, missingAtMost: 1 - confidence - missedAbove)
        } else if lower < 1 {
            lower = 1
            upper = law.quantile(confidence + law.cumulative(0)) + 1
        }
        return ConfidenceInterval(
            low: samples.orderStatistic(max(lower, 1) - 1),
            high: samples.orderStatistic(min(upper, count) - 1), confidence: confidence)
    }

    /// The largest rank l with P(B < l) ≤ `share`; 0 when even the smallest sample misses more.
    private static func largestRank(_ law: Binomial, missingAtMost share: Double) -> Int {
        // quantile gives the first k with P(B ≤ k) ≥ share, so that P(B < k) < share.
        let rank = law.quantile(share)
        return law.cumulative(rank) <= share ? rank + 1 : rank
    }
}
