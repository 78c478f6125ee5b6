/// The Mann-Kendall test for a trend, with Theil and Sen's estimate of its slope.
///
/// Sources: Mann, "Nonparametric tests against trend", Econometrica 13, 1945; Kendall, "Rank
/// Correlation Methods", 4th ed., 1975 (variance with ties); Sen, JASA 63, 1968.
struct MannKendall {
    /// Rising pairs less falling pairs.
    let score: Int
    /// Two-sided, by the normal approximation with continuity correction; meant for 8 or more.
    let significance: Double

    /// - Complexity: O(n²).
    init(_ series: ArraySlice<Double>) {
        let values = Array(series)
        var score = 0
        for later in values.indices.dropFirst() {
            for earlier in 0..<later {
                if values[later] > values[earlier] { score += 1 }
                if values[later] < values[earlier] { score -= 1 }
            }
        }
        self.score = score
        func term(_ count: Int) -> Double {
            let n = Double(count)
            return n * (n - 1) * (2 * n + 5)
        }
        var variance = term(values.count)
        for run in tieRuns(values.sorted()) { variance -= term(run) }
        let distance = Double(max(abs(score) - 1, 0))
        significance =
            variance > 0
            ? 2 * StandardNormal.cumulative(-distance / (variance / 18).squareRoot()) : 1
    }

    /// The median slope over all pairs, in the series' unit per step; O(n² log n).
    static func slope(_ series: ArraySlice<Double>) -> Double {
        let values = Array(series)
        var slopes: [Double] = []
        for later in values.indices.dropFirst() {
            for earlier in 0..<later {
                slopes.append((values[later] - values[earlier]) / Double(later - earlier))
            }
        }
        return Quantile.median(of: slopes)
    }
}

/// The lengths of runs of equal values in a sorted array, runs of one left out.
func tieRuns(_ sorted: [Double]) -> [Int] {
    var runs: [Int] = []
    var start = 0
    for index in 1...max(sorted.count, 1)
    where index >= sorted.count
        || sorted[index] != sorted[start]
    {
        if index - start > 1 { runs.append(index - start) }
        start = index
    }
    return runs
}
