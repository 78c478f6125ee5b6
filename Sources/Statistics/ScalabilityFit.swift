import Glibc

/// The Universal Scalability Law fitted to measured throughputs, with intervals.
///
/// Non-linear least squares (Levenberg-Marquardt from the linearised law). Contention and
/// coherency below zero have no meaning in the law: where the free fit has them, the best fit with
/// them at zero is taken and `isBounded` says so, while the intervals come from the free fit, cut
/// at zero. Intervals are the wider of two:
///
/// - Student's over the scatter of the points about the law, by the linearisation at the minimum
///   (Seber and Wild, "Nonlinear Regression", 2003, 5.1), the rate's on the logarithmic scale. Alone,
///   for points without intervals, it holds for points that err independently: in simulation (1 000
///   trials each of five laws, 8 concurrencies up to 32 measured once and three times, 1 % and 5 %
///   noise) it covers 0.94–0.98 at a nominal 0.95, and predictions at 1 024 cover 0.93–0.98.
/// - For points with intervals, what moving every point to the worse end of its interval does. Points
///   measured in the same forks err together. The deviation of a sum is never more than the sum of the
///   deviations, whatever the correlations, so this is never less, to first order, than Student's
///   interval over laws fitted fork by fork; nor is it more than √n times that for n points that err
///   independently. In simulation (400 trials each of 3 and 5 forks, with rates, contention and noise
///   of their own, at 6 concurrencies up to 8) parameters and predictions at 1 024 are covered in 0.99
///   to 1.00, predictions within the data in 0.97 to 1.00; the scatter alone covers contention in 0.73
///   to 0.96.
public struct ScalabilityFit: Hashable, Sendable {
    /// What is taken to scatter evenly.
    public enum Scatter: String, Hashable, Codable, Sendable {
        /// The logarithm of the throughput: errors grow with it, as timing noise does.
        case relative
        /// The throughput itself, as most published fits take it.
        case absolute
    }

    /// The fitted law.
    public let law: ScalabilityLaw
    /// Of λ, in the throughputs' unit.
    public let rateInterval: ConfidenceInterval
    /// Of σ.
    public let contentionInterval: ConfidenceInterval
    /// Of κ.
    public let coherencyInterval: ConfidenceInterval
    /// Whether σ or κ was held at zero.
    public let isBounded: Bool
    /// The share of the variance that the law explains, on the scale that was fitted.
    public let explained: Double
    /// Measured over fitted throughput less one, point by point.
    public let residuals: [Double]
    /// The concurrencies that were measured, smallest and largest.
    public let measuredRange: ClosedRange<Double>

    let model: ScalabilityModel
    let sumOfSquares: Double
    let confidence: Double

    /// Fits the law; nil for fewer than 4 points or 3 concurrencies, or when they do not tell
    /// the parameters apart. Points of several forks at one concurrency are given one by one.
    ///
    /// - Precondition: `0 < confidence < 1`.
    public init?(
        _ points: [ScalabilityPoint], scatter: Scatter = .relative, confidence: Double = 0.95
    ) {
        let model = ScalabilityModel(points: points, scatter: scatter)
        let concurrencies = points.map(\.concurrency)
        guard points.count >= 4, Set(concurrencies).count >= 3,
            let least = concurrencies.min(), let most = concurrencies.max(),
            let free = model.minimum(freeing: [true, true, true]),
            let best = model.feasible(free)
        else { return nil }
        law = ScalabilityLaw(
            rate: exp(best.parameters[0]), contention: best.parameters[1],
            coherency: best.parameters[2])
        isBounded = best.parameters != free.parameters
        self.model = model
        sumOfSquares = best.sumOfSquares
        self.confidence = confidence
        measuredRange = least...most
        let fitted = law
        residuals = points.map { $0.throughput / fitted.throughput(at: $0.concurrency) - 1 }
        explained = 1 - best.sumOfSquares / model.totalSquares

        let freedom = Double(points.count - 3)
        let t = StudentT(degreesOfFreedom: freedom).quantile((1 + confidence) / 2)
        let deviation = (free.sumOfSquares / freedom).squareRoot()
        let covariance = free.curvature.inverse
        let together = model.reaches(at: free.parameters)
        let limits = (0..<3).map { index in
            let scatter = t * deviation * covariance[index][index].squareRoot()
            let half = max(scatter, together?[index] ?? 0)
            return ConfidenceInterval(
                low: free.parameters[index] - half, high: free.parameters[index] + half,
                confidence: confidence)
        }
        rateInterval = limits[0].mapped { exp($0) }
        contentionInterval = limits[1].mapped { max($0, 0) }
        coherencyInterval = limits[2].mapped { max($0, 0) }
    }
}
