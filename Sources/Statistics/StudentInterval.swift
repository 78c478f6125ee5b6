import Glibc

/// Student's t intervals over one figure per sampling unit.
///
/// Positive figures (times, rates) are taken on the logarithmic scale, where noise is nearer to
/// normal and no limit falls below zero; others on their own.
enum StudentInterval {
    /// Of the mean (the geometric mean for positive figures) of two units or more.
    static func ofMean(_ figures: [Double], confidence: Double) -> ConfidenceInterval {
        guard figures.allSatisfy({ $0 > 0 }) else { return linear(figures, confidence) }
        return linear(figures.map { log($0) }, confidence).mapped { exp($0) }
    }

    /// Of the mean of two units or more, on the figures' own scale.
    static func linear(_ figures: [Double], _ confidence: Double) -> ConfidenceInterval {
        let count = Double(figures.count)
        guard let variance = Moments.variance(of: figures) else {
            preconditionFailure("one figure has no variance")
        }
        let t = StudentT(degreesOfFreedom: count - 1).quantile((1 + confidence) / 2)
        let mean = Moments.mean(of: figures)
        let half = t * (variance / count).squareRoot()
        return ConfidenceInterval(low: mean - half, high: mean + half, confidence: confidence)
    }

    /// Of the difference of two means with unequal variances (Welch, "The generalization of
    /// 'Student's' problem", Biometrika 34, 1947); both with two units or more.
    static func welch(_ a: [Double], _ b: [Double], _ confidence: Double) -> ConfidenceInterval {
        guard let varianceA = Moments.variance(of: a), let varianceB = Moments.variance(of: b)
        else { preconditionFailure("\(a.count) and \(b.count) figures: each needs two") }
        let (countA, countB) = (Double(a.count), Double(b.count))
        let (shareA, shareB) = (varianceA / countA, varianceB / countB)
        let difference = Moments.mean(of: a) - Moments.mean(of: b)
        let total = shareA + shareB
        guard total > 0 else {
            return ConfidenceInterval(low: difference, high: difference, confidence: confidence)
        }
        let freedom =
            total * total / (shareA * shareA / (countA - 1) + shareB * shareB / (countB - 1))
        let t = StudentT(degreesOfFreedom: freedom).quantile((1 + confidence) / 2)
        let half = t * total.squareRoot()
        return ConfidenceInterval(
            low: difference - half, high: difference + half, confidence: confidence)
    }
}
