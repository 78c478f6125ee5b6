/// Mean and central moments of samples.
public enum Moments {
    /// The arithmetic mean, by a compensated sum (Neumaier 1974); O(n).
    ///
    /// - Precondition: at least one sample, all finite.
    public static func mean(of samples: [Double]) -> Double {
        requireFinite(samples)
        var sum = CompensatedSum()
        for sample in samples { sum.add(sample) }
        return sum.value / Double(samples.count)
    }

    /// The sample variance with divisor n − 1, in two passes; nil for fewer than two samples.
    ///
    /// - Precondition: at least one sample, all finite.
    public static func variance(of samples: [Double]) -> Double? {
        let center = mean(of: samples)
        guard samples.count > 1 else { return nil }
        var sum = CompensatedSum()
        for sample in samples { sum.add((sample - center) * (sample - center)) }
        return sum.value / Double(samples.count - 1)
    }

    /// The square root of `variance(of:)`; nil for fewer than two samples.
    ///
    /// - Precondition: at least one sample, all finite.
    public static func standardDeviation(of samples: [Double]) -> Double? {
        variance(of: samples)?.squareRoot()
    }
}

/// Neumaier's compensated sum: the error does not grow with the number of terms.
///
/// Source: "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 1974.
struct CompensatedSum {
    private var sum = 0.0
    private var compensation = 0.0

    mutating func add(_ term: Double) {
        let next = sum + term
        if abs(sum) >= abs(term) {
            compensation += (sum - next) + term
        } else {
            compensation += (term - next) + sum
        }
        sum = next
    }

    var value: Double { sum + compensation }
}

/// The median of the absolute deviations from the median: a measure of spread that half of the
/// samples may be wrong without breaking.
public struct MedianAbsoluteDeviation: Hashable, Sendable {
    /// The median of the samples, in their unit.
    public let center: Double
    /// The median distance from it, in the samples' unit.
    public let value: Double

    /// Of samples in any order; O(n log n).
    ///
    /// - Precondition: at least one sample, all finite.
    public init(of samples: [Double]) {
        let median = Quantile.median(of: samples)
        center = median
        value = Quantile.median(of: samples.map { abs($0 - median) })
    }

    /// `value` times 1.4826 (1/Φ⁻¹(¾)): the standard deviation where the samples are normal.
    public var normalScaled: Double { value * MedianAbsoluteDeviation.normalScale }

    static let normalScale = 1.482_602_218_505_601_8
}
