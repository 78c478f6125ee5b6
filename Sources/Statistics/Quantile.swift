/// Quantiles of samples by the definition that R calls type 7 and NumPy `linear`.
///
/// With sorted samples `x[0] … x[n-1]` the quantile at `p` lies at the fractional index
/// `h = (n − 1)·p` and is interpolated linearly between its neighbours. Source: Hyndman and Fan,
/// "Sample quantiles in statistical packages", The American Statistician 50(4), 1996.
public enum Quantile {
    /// The quantile at `probability` of samples in any order; O(n log n).
    ///
    /// - Precondition: at least one sample, all finite; `0 <= probability <= 1`.
    public static func of(_ samples: [Double], at probability: Double) -> Double {
        requireFinite(samples)
        return ofSorted(samples.sorted(), at: probability)
    }

    /// The quantile at `probability` of samples in ascending order; O(1).
    ///
    /// - Precondition: at least one sample; `0 <= probability <= 1`. The order is the caller's
    ///   promise and is not checked.
    public static func ofSorted(_ sorted: [Double], at probability: Double) -> Double {
        let position = Position(of: probability, among: sorted.count)
        let lower = sorted[position.rank]
        guard position.fraction > 0 else { return lower }
        return interpolate(lower, sorted[position.rank + 1], position.fraction)
    }

    /// The quantile at one half of samples in any order.
    ///
    /// - Precondition: at least one sample, all finite.
    public static func median(of samples: [Double]) -> Double { of(samples, at: 0.5) }

    /// The order statistic below a quantile (counted from 0) and the way to the next, in 0..<1.
    struct Position {
        let rank: Int
        let fraction: Double

        init(of probability: Double, among count: Int) {
            precondition(count > 0, "a quantile of no samples does not exist")
            precondition(
                probability >= 0 && probability <= 1,
                "probability \(probability) must lie between 0 and 1")
            let index = Double(count - 1) * probability
            rank = min(Int(index), count - 1)
            fraction = rank == count - 1 ? 0 : index - Double(rank)
        }
    }

    static func interpolate(_ lower: Double, _ upper: Double, _ fraction: Double) -> Double {
        // Equal neighbours give exactly that value, also where the product would round.
        lower == upper ? lower : lower + (upper - lower) * fraction
    }
}

/// Traps on an empty array, NaN or infinity, naming the first bad index.
func requireFinite(_ samples: [Double]) {
    precondition(!samples.isEmpty, "at least one sample is needed")
    for index in samples.indices where !samples[index].isFinite {
        preconditionFailure("sample \(index) is \(samples[index]): samples must be finite")
    }
}
