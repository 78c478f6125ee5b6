/// Non-linear least squares by Levenberg and Marquardt's damped Gauss-Newton steps.
///
/// Sources: Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", SIAM J.
/// 11, 1963; damping by the diagonal (Moré 1978).
struct LevenbergMarquardt {
    /// The residual of one observation and its derivative by each parameter.
    struct Row {
        let residual: Double
        let derivatives: [Double]
    }

    /// A minimum.
    struct Minimum {
        let parameters: [Double]
        /// Σ residual².
        let sumOfSquares: Double
        /// Of JᵀJ at the minimum: its inverse times σ² is the parameters' covariance.
        let curvature: CholeskyFactor
    }

    /// Minimises Σ residual² from `start`; nil when the parameters cannot be told apart, or no
    /// minimum is reached in 500 steps.
    ///
    /// `rows` gives nil where the model is not defined; such a step is refused.
    static func minimise(
        from start: [Double], rows: ([Double]) -> [Row]?
    ) -> Minimum? {
        guard var current = rows(start) else { return nil }
        var parameters = start
        var sum = squares(current)
        var damping = 1e-3
        for _ in 0..<500 {
            let (matrix, gradient) = normalEquations(current)
            var damped = matrix
            for index in damped.indices { damped[index][index] *= 1 + damping }
            guard let factor = CholeskyFactor(damped) else { return nil }
            let step = factor.solve(gradient)
            let moved = zip(parameters, step).map { $0 - $1 }
            let next = rows(moved)
            let nextSum = next.map(squares) ?? .infinity
            if let next, nextSum <= sum {
                let gain = sum - nextSum
                let still = zip(parameters, moved).allSatisfy {
                    abs($0 - $1) <= 1e-12 * max(abs($0), abs($1))
                }
                (parameters, current, sum) = (moved, next, nextSum)
                damping = max(damping / 10, 1e-15)
                if still || gain <= 1e-15 * sum { return finish(parameters, current, sum) }
            } else {
                damping *= 10
                // No step, however short, improves: this is the minimum to working precision.
                if damping > 1e12 { return finish(parameters, current, sum) }
            }
        }
        return nil
    }

    private static func finish(
        _ parameters: [Double], _ rows: [Row], _ sum: Double
    ) -> Minimum? {
        guard let curvature = CholeskyFactor(normalEquations(rows).matrix) else { return nil }
        return Minimum(parameters: parameters, sumOfSquares: sum, curvature: curvature)
    }

    /// Σ residual²; infinite where a residual is not a number.
    static func squares(_ rows: [Row]) -> Double {
        var sum = CompensatedSum()
        for row in rows { sum.add(row.residual * row.residual) }
        return sum.value.isFinite ? sum.value : .infinity
    }

    /// JᵀJ and Jᵀr.
    static func normalEquations(_ rows: [Row]) -> (matrix: [[Double]], gradient: [Double]) {
        let count = rows[0].derivatives.count
        var matrix = Array(repeating: Array(repeating: 0.0, count: count), count: count)
        var gradient = Array(repeating: 0.0, count: count)
        for row in rows {
            for i in 0..<count {
                gradient[i] += row.derivatives[i] * row.residual
                for j in 0..<count { matrix[i][j] += row.derivatives[i] * row.derivatives[j] }
            }
        }
        return (matrix, gradient)
    }
}
