import Randomness

/// The replicates of a bootstrap and the intervals they give.
struct BootstrapDistribution {
    /// The statistic of the samples themselves.
    let point: Double
    private let replicates: OrderStatistics

    /// - Precondition: at least one replicate, all finite.
    init(point: Double, replicates: [Double]) {
        self.point = point
        self.replicates = OrderStatistics(of: replicates)
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
        let below = Double(replicates.count { $0 < point })
        let upTo = Double(replicates.count { $0 <= point })
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
        return interval(level(z), level(-z), confidence)
    }

    private func interval(tail: Double, _ confidence: Double) -> ConfidenceInterval {
        interval(tail, 1 - tail, confidence)
    }

    private func interval(
        _ low: Double, _ high: Double, _ confidence: Double
    ) -> ConfidenceInterval {
        var replicates = replicates
        return ConfidenceInterval(
            low: replicates.quantile(low), high: replicates.quantile(high), confidence: confidence)
    }
}
