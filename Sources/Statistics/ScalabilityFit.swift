import Glibc

/// The Universal Scalability Law fitted to measured throughputs, with intervals.
///
/// Non-linear least squares (Levenberg-Marquardt from the linearised law). Contention and
/// coherency below zero have no meaning in the law: where the free fit has them, the best fit with
/// them at zero is taken and `isBounded` says so, while the intervals come from the free fit, cut
/// at zero. Intervals are Student's by the linearisation at the minimum (Seber and Wild, "Nonlinear
/// Regression", 2003, 5.1), the rate's on the logarithmic scale. In simulation (1 000 trials each
/// of five laws, 8 concurrencies up to 32 measured once and three times, 1 % and 5 % noise) they
/// cover 0.94–0.98 at a nominal 0.95, and predictions at 1 024 cover 0.93–0.98.
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

    private let model: ScalabilityModel
    private let sumOfSquares: Double
    private let confidence: Double

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
        let limits = (0..<3).map { index in
            let half = t * deviation * covariance[index][index].squareRoot()
            return ConfidenceInterval(
                low: free.parameters[index] - half, high: free.parameters[index] + half,
                confidence: confidence)
        }
        rateInterval = limits[0].mapped { exp($0) }
        contentionInterval = limits[1].mapped { max($0, 0) }
        coherencyInterval = limits[2].mapped { max($0, 0) }
    }

    /// The law's throughput at a concurrency, measured or not, with its interval.
    ///
    /// The interval holds every throughput that a law with σ, κ ≥ 0 can pass through while fitting
    /// the points no worse than Student's t allows (profile likelihood: Bates and Watts, "Nonlinear
    /// Regression Analysis", 1988, 6.1); so that of an extrapolation holds the doubt about a
    /// coherency too small to be seen in the data. It holds neither the scatter of a single
    /// measurement nor the doubt whether the law goes on beyond `measuredRange`.
    ///
    /// - Precondition: `concurrency >= 1`.
    public func prediction(
        at concurrency: Double
    ) -> (value: Double, interval: ConfidenceInterval) {
        precondition(concurrency >= 1, "concurrency \(concurrency) must be 1 or more")
        let value = law.throughput(at: concurrency)
        let freedom = Double(model.points.count - 3)
        let t = StudentT(degreesOfFreedom: freedom).quantile((1 + confidence) / 2)
        let allowed = sumOfSquares * (1 + t * t / freedom)
        let start = [law.contention, law.coherency]
        func isAllowed(_ logFactor: Double) -> Bool {
            let passed = ScalabilityModel.Passage(
                concurrency: concurrency, throughput: value * exp(logFactor))
            return model.leastSquares(through: passed, from: start) <= allowed
        }
        let limits = [-1.0, 1].map { direction in
            var (inside, outside) = (0.0, 0.01)
            while isAllowed(direction * outside) { (inside, outside) = (outside, 2 * outside) }
            while outside - inside > 1e-4 * outside {
                let middle = (inside + outside) / 2
                if isAllowed(direction * middle) { inside = middle } else { outside = middle }
            }
            return value * exp(direction * outside)
        }
        return (
            value, ConfidenceInterval(low: limits[0], high: limits[1], confidence: confidence)
        )
    }
}
