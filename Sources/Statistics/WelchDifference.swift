/// The difference of two means with unequal variances, and what Student's t needs to judge it.
///
/// Source: Welch, "The generalization of 'Student's' problem", Biometrika 34, 1947.
struct WelchDifference {
    let difference: Double
    /// 0 when neither set varies.
    let standardError: Double
    /// Satterthwaite's approximation; infinite when neither set varies.
    let degreesOfFreedom: Double

    /// Of `first` less `second`, both with two figures or more.
    init(_ first: [Double], _ second: [Double]) {
        guard let varianceA = Moments.variance(of: first),
            let varianceB = Moments.variance(of: second)
        else {
            preconditionFailure("\(first.count) and \(second.count) figures: each needs two")
        }
        let (countA, countB) = (Double(first.count), Double(second.count))
        let (shareA, shareB) = (varianceA / countA, varianceB / countB)
        let total = shareA + shareB
        difference = Moments.mean(of: first) - Moments.mean(of: second)
        standardError = total.squareRoot()
        degreesOfFreedom =
            total > 0
            ? total * total / (shareA * shareA / (countA - 1) + shareB * shareB / (countB - 1))
            : .infinity
    }

    /// Of one set's mean against zero; two figures or more.
    init(paired differences: [Double]) {
        guard let variance = Moments.variance(of: differences) else {
            preconditionFailure("one difference has no variance")
        }
        difference = Moments.mean(of: differences)
        standardError = (variance / Double(differences.count)).squareRoot()
        degreesOfFreedom = variance > 0 ? Double(differences.count - 1) : .infinity
    }

    func interval(_ confidence: Double) -> ConfidenceInterval {
        guard standardError > 0 else {
            return ConfidenceInterval(low: difference, high: difference, confidence: confidence)
        }
        let t = StudentT(degreesOfFreedom: degreesOfFreedom).quantile((1 + confidence) / 2)
        let half = t * standardError
        return ConfidenceInterval(
            low: difference - half, high: difference + half, confidence: confidence)
    }

    /// The p-value of "the difference does not exceed `bound`".
    func significanceAbove(_ bound: Double) -> Double {
        guard standardError > 0 else { return difference > bound ? 0 : 1 }
        let t = (difference - bound) / standardError
        return StudentT(degreesOfFreedom: degreesOfFreedom).cumulative(-t)
    }

    /// The p-value of "the difference does not fall below `bound`".
    func significanceBelow(_ bound: Double) -> Double {
        guard standardError > 0 else { return difference < bound ? 0 : 1 }
        let t = (difference - bound) / standardError
        return StudentT(degreesOfFreedom: degreesOfFreedom).cumulative(t)
    }
}
