import Glibc

/// How a cost grows with the size n of its input.
public enum Complexity: String, Hashable, Codable, Sendable, CaseIterable {
    /// Not at all.
    case constant
    /// As log n.
    case logarithmic
    /// As n.
    case linear
    /// As n log n.
    case linearithmic
    /// As n².
    case quadratic

    /// The growth at a size; natural logarithms, so that coefficients compare.
    func growth(at size: Double) -> Double {
        switch self {
        case .constant: 0
        case .logarithmic: log(size)
        case .linear: size
        case .linearithmic: size * log(size)
        case .quadratic: size * size
        }
    }
}

/// A cost that was measured at a size.
public struct CostPoint: Hashable, Sendable {
    /// 1 or more; in any unit.
    public let size: Double
    /// Positive; in any unit.
    public let cost: Double

    /// A measured point.
    ///
    /// - Precondition: both finite; `size >= 1`; `cost > 0`.
    public init(size: Double, cost: Double) {
        precondition(
            size >= 1 && size.isFinite && cost > 0 && cost.isFinite,
            "cost \(cost) at size \(size) is not a point of a cost curve")
        self.size = size
        self.cost = cost
    }
}

/// Costs fitted as `fixed + coefficient · growth(n)` for each `Complexity`, best first.
///
/// Errors are taken to grow with the cost: least squares on its logarithm. Neither part may be
/// negative; a growth whose coefficient would be is left out, being no better than `constant`. The
/// order is by Akaike's criterion corrected for small samples (Burnham and Anderson, "Model
/// Selection and Multimodel Inference", 2002, 2.4), each growth standing with the better of its fits
/// with and without a fixed part, lest one be charged for a parameter that it does not need. The
/// parameters are those with the fixed part, unless that is held at zero.
public struct ComplexityFit: Hashable, Sendable {
    /// One growth, fitted.
    public struct Candidate: Hashable, Sendable {
        /// The growth.
        public let complexity: Complexity
        /// The cost that does not grow, in the costs' unit; 0 where the fit holds it there.
        public let fixed: Double
        /// The cost per unit of growth; 0 for `constant`.
        public let coefficient: Double
        /// Of `fixed`; nil where it is held at zero.
        public let fixedInterval: ConfidenceInterval?
        /// Of `coefficient`; nil for `constant`.
        public let coefficientInterval: ConfidenceInterval?
        /// Akaike's corrected criterion of the better of the fits with and without a fixed part; only
        /// differences have a meaning.
        public let criterion: Double
        /// The same without the correction for small samples.
        let uncorrected: Double
        /// The share of the variance of the cost's logarithm that is explained.
        public let explained: Double
        /// Measured over fitted cost less one, point by point.
        public let residuals: [Double]

        /// The fitted cost at a size.
        public func cost(at size: Double) -> Double {
            fixed + coefficient * complexity.growth(at: size)
        }
    }

    /// Best first; `constant` is always among them.
    public let candidates: [Candidate]

    /// The candidate of the lowest criterion.
    public var best: Candidate { candidates[0] }

    /// Whether the best stands out: every other is worse by 4 or more, "considerably less support"
    /// with Burnham and Anderson, and not for the small-sample correction alone. Otherwise sizes
    /// further apart, or less noise, are needed. A decided `constant` says that no growth shows in
    /// the noise over these sizes.
    public var isDecided: Bool {
        candidates.dropFirst().allSatisfy {
            $0.criterion - best.criterion >= 4 && $0.uncorrected >= best.uncorrected
        }
    }

    /// Fits all growths; nil for fewer than 5 points or 3 sizes. Points of several forks at one
    /// size are given one by one.
    ///
    /// - Precondition: `0 < confidence < 1`.
    public init?(_ points: [CostPoint], confidence: Double = 0.95) {
        guard points.count >= 5, Set(points.map(\.size)).count >= 3 else { return nil }
        let constant = CostModel(points: points, complexity: .constant)
        let level = constant.constantFit()
        let total = level.sumOfSquares
        var found = [
            constant.candidate(level, nil, total: total, confidence: confidence)
        ]
        for complexity in Complexity.allCases where complexity != .constant {
            let model = CostModel(points: points, complexity: complexity)
            let free = model.freeFit()
            // Falling costs: no growth of this kind.
            if let free, free.coefficient <= 0 { continue }
            let proportional = model.proportionalFit()
            if let free, free.fixed > 0 {
                found.append(
                    model.candidate(free, proportional, total: total, confidence: confidence))
            } else if let proportional {
                found.append(
                    model.candidate(proportional, nil, total: total, confidence: confidence))
            }
        }
        candidates = found.sorted { $0.criterion < $1.criterion }
    }
}

/// One growth as a least-squares problem.
private struct CostModel {
    let points: [CostPoint]
    let complexity: Complexity

    /// A minimum; a part that is held at zero has no variance.
    struct Fit {
        let fixed: Double
        let coefficient: Double
        let sumOfSquares: Double
        let parameters: Int
        /// Over the residual variance.
        let fixedVariance: Double?
        let coefficientVariance: Double?
    }

    /// A single factor: its logarithm is a mean.
    private func scaleFit(_ shape: (Double) -> Double) -> (factor: Double, squares: Double) {
        let logs = points.map { log($0.cost / shape($0.size)) }
        let mean = Moments.mean(of: logs)
        return (exp(mean), logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) })
    }

    func constantFit() -> Fit {
        let (factor, squares) = scaleFit { _ in 1 }
        return Fit(
            fixed: factor, coefficient: 0, sumOfSquares: squares, parameters: 1,
            fixedVariance: factor * factor / Double(points.count), coefficientVariance: nil)
    }

    /// Without a fixed part; nil for growth that is zero somewhere (log 1), which cannot be the
    /// whole of a positive cost.
    func proportionalFit() -> Fit? {
        guard points.allSatisfy({ complexity.growth(at: $0.size) > 0 }) else { return nil }
        let (factor, squares) = scaleFit { complexity.growth(at: $0) }
        return Fit(
            fixed: 0, coefficient: factor, sumOfSquares: squares, parameters: 1,
            fixedVariance: nil, coefficientVariance: factor * factor / Double(points.count))
    }

    /// With a fixed part; nil when the points do not tell the two apart.
    func freeFit() -> Fit? {
        // Linear least squares by the share of the cost gives the start.
        let linear = points.map {
            LevenbergMarquardt.Row(
                residual: -1,
                derivatives: [1 / $0.cost, complexity.growth(at: $0.size) / $0.cost])
        }
        let (matrix, gradient) = LevenbergMarquardt.normalEquations(linear)
        guard let start = CholeskyFactor(matrix)?.solve(gradient).map({ -$0 }) else { return nil }
        let minimum = LevenbergMarquardt.minimise(from: start) { parameters in
            var rows: [LevenbergMarquardt.Row] = []
            for point in points {
                let growth = complexity.growth(at: point.size)
                let fitted = parameters[0] + parameters[1] * growth
                guard fitted > 0 else { return nil }
                rows.append(
                    LevenbergMarquardt.Row(
                        residual: log(fitted / point.cost),
                        derivatives: [1 / fitted, growth / fitted]))
            }
            return rows
        }
        guard let minimum else { return nil }
        let covariance = minimum.curvature.inverse
        return Fit(
            fixed: minimum.parameters[0], coefficient: minimum.parameters[1],
            sumOfSquares: minimum.sumOfSquares, parameters: 2, fixedVariance: covariance[0][0],
            coefficientVariance: covariance[1][1])
    }

    /// Akaike's criterion, corrected for small samples and not. The scatter is a parameter too.
    /// Below rounding all fits are alike, and the one with the fewest parameters must win.
    private func criteria(_ fit: Fit) -> (corrected: Double, uncorrected: Double) {
        let count = Double(points.count)
        let parameters = Double(fit.parameters + 1)
        let variance = max(fit.sumOfSquares / count, 1e-26)
        let plain = count * log(variance) + 2 * parameters
        return (plain + 2 * parameters * (parameters + 1) / (count - parameters - 1), plain)
    }

    /// `simpler` is the same growth without the fixed part, where `fit` has one.
    func candidate(
        _ fit: Fit, _ simpler: Fit?, total: Double, confidence: Double
    ) -> ComplexityFit.Candidate {
        let count = Double(points.count)
        let freedom = count - Double(fit.parameters)
        let deviation = (fit.sumOfSquares / freedom).squareRoot()
        let t = StudentT(degreesOfFreedom: freedom).quantile((1 + confidence) / 2)
        func interval(_ value: Double, _ variance: Double?) -> ConfidenceInterval? {
            guard let variance else { return nil }
            let half = t * deviation * variance.squareRoot()
            return ConfidenceInterval(
                low: max(value - half, 0), high: value + half, confidence: confidence)
        }
        let fits = [fit, simpler].compactMap { $0 }.map(criteria)
        return ComplexityFit.Candidate(
            complexity: complexity, fixed: fit.fixed, coefficient: fit.coefficient,
            fixedInterval: interval(fit.fixed, fit.fixedVariance),
            coefficientInterval: interval(fit.coefficient, fit.coefficientVariance),
            criterion: fits.map(\.corrected).min() ?? .infinity,
            uncorrected: fits.map(\.uncorrected).min() ?? .infinity,
            explained: total > 0 ? 1 - fit.sumOfSquares / total : 1,
            residuals: points.map { point in
                let growth = complexity.growth(at: point.size)
                return point.cost / (fit.fixed + fit.coefficient * growth) - 1
            })
    }
}
