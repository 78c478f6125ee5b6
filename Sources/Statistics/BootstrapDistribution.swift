import Randomness

/// The sorted replicates of a bootstrap and the intervals they give.
struct BootstrapDistribution {
    /// The statistic of the samples themselves.
    let point: Double
    /// Ascending.
    let replicates: [Double]

    init(point: Double, replicates: [Double]) {
        self.point = point
        self.replicates = replicates.sorted()
    }

    /// Limits at the replicates' own quantiles.
    func percentileInterval(_ confidence: Double) -> ConfidenceInterval {
        interval(tail: (1 - confidence) / 2, confidence)
    }

    /// As the percentile interval, at the level that gives back Student's width: the bootstrap
    /// distribution of n units is narrow by √((n − 1)/n) and has a normal's quantiles where a t's
    /// belong, so the tail is Φ(−√(n/(n − 1)) · t).
    ///
    /// Source: Hesterberg, "What teachers should know about the bootstrap", The American
    /// Statistician 69(4), 2015, section 3.3.
    func expandedInterval(_ confidence: Double, units: Int) -> ConfidenceInterval {
        precondition(units > 1, "\(units) sampling unit has no variance")
        let n = Double(units)
        let t = StudentT(degreesOfFreedom: n - 1).quantile((1 + confidence) / 2)
        let tail = StandardNormal.cumulative(-(n / (n - 1)).squareRoot() * t)
        return interval(tail: tail, confidence)
    }

    /// Bias-corrected and accelerated limits.
    ///
    /// Source: Efron, "Better bootstrap confidence intervals", JASA 82, 1987. Replicates equal to
    /// the point count half, since quantised times tie.
    func biasCorrectedInterval(
        _ confidence: Double, acceleration: Double
    ) -> ConfidenceInterval {
        let below = Double(firstIndex { $0 >= point })
        let upTo = Double(firstIndex { $0 > point })
        let count = Double(replicates.count)
        let share = min(max((below + upTo) / (2 * count), 0.5 / count), 1 - 0.5 / count)
        let bias = StandardNormal.quantile(share)
        let z = StandardNormal.quantile((1 - confidence) / 2)
        func level(_ z: Double) -> Double {
            let shifted = bias + z
            let scale = 1 - acceleration * shifted
            // Past the pole the transformation has no meaning; the limit is the extreme replicate.
            guard scale > 0 else { return shifted < 0 ? 0 : 1 }
            return StandardNormal.cumulative(bias + shifted / scale)
        }
        return ConfidenceInterval(
            low: Quantile.ofSorted(replicates, at: level(z)),
            high: Quantile.ofSorted(replicates, at: level(-z)), confidence: confidence)
    }

    private func interval(tail: Double, _ confidence: Double) -> ConfidenceInterval {
        ConfidenceInterval(
            low: Quantile.ofSorted(replicates, at: tail),
            high: Quantile.ofSorted(replicates, at: 1 - tail), confidence: confidence)
    }

    private func firstIndex(where matches: (Double) -> Bool) -> Int {
        var (low, high) = (0, replicates.count)
        while low < high {
            let middle = (low + high) / 2
            if matches(replicates[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
