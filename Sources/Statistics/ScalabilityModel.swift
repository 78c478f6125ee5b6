import Glibc

/// The law as a least-squares problem in ln λ, σ, κ.
struct ScalabilityModel: Hashable, Sendable {
    let points: [ScalabilityPoint]
    let scatter: ScalabilityFit.Scatter

    /// The sum of squares about the mean, on the fitted scale.
    var totalSquares: Double {
        let values = points.map {
            scatter == .relative ? log($0.throughput) : $0.throughput
        }
        let mean = Moments.mean(of: values)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }

    /// The minimum over the parameters that are free, the others held at zero.
    func minimum(freeing free: [Bool]) -> LevenbergMarquardt.Minimum? {
        func full(_ reduced: [Double]) -> [Double] {
            var next = 0
            return free.map { isFree in
                guard isFree else { return 0 }
                next += 1
                return reduced[next - 1]
            }
        }
        let start = zip(linearised(), free).filter(\.1).map(\.0)
        let found = LevenbergMarquardt.minimise(from: start) { reduced in
            rows(full(reduced))?.map { row in
                LevenbergMarquardt.Row(
                    residual: row.residual,
                    derivatives: zip(row.derivatives, free).filter(\.1).map(\.0))
            }
        }
        return found.map {
            LevenbergMarquardt.Minimum(
                parameters: full($0.parameters), sumOfSquares: $0.sumOfSquares,
                curvature: $0.curvature)
        }
    }

    /// The best minimum without negative parameters: the free one, or the best at a bound.
    func feasible(_ free: LevenbergMarquardt.Minimum?) -> LevenbergMarquardt.Minimum? {
        func allowed(_ minimum: LevenbergMarquardt.Minimum) -> Bool {
            minimum.parameters[1] >= 0 && minimum.parameters[2] >= 0
        }
        if let free, allowed(free) { return free }
        return [[true, true, false], [true, false, true], [true, false, false]]
            .compactMap { minimum(freeing: $0) }
            .filter(allowed)
            .min { $0.sumOfSquares < $1.sumOfSquares }
    }

    /// How much each free parameter moves with the logarithm of each point's throughput, to first
    /// order: a row for each point. nil when the parameters cannot be told apart.
    func influences(at parameters: [Double], freeing free: [Bool]) -> [[Double]]? {
        guard let all = rows(parameters) else { return nil }
        let rows = all.map { row in
            LevenbergMarquardt.Row(
                residual: row.residual, derivatives: zip(row.derivatives, free).filter(\.1).map(\.0)
            )
        }
        guard let factor = CholeskyFactor(LevenbergMarquardt.normalEquations(rows).matrix) else {
            return nil
        }
        return zip(points, rows).map { point, row in
            let scale = scatter == .relative ? 1 : point.throughput
            return factor.solve(row.derivatives).map { $0 * scale }
        }
    }

    /// A throughput that the law must have at a concurrency, which leaves σ and κ free.
    struct Passage {
        let concurrency: Double
        let throughput: Double
    }

    /// The least sum of squares of laws with σ, κ ≥ 0 through the passage.
    func leastSquares(through passage: Passage, from start: [Double]) -> Double {
        let linear = rows(parameters(through: passage, 0, 0)).map(LevenbergMarquardt.squares)
        var least = linear ?? .infinity
        for free in [[true, true], [true, false], [false, true]] {
            func full(_ reduced: [Double]) -> (Double, Double) {
                (free[0] ? reduced[0] : 0, free[1] ? reduced[reduced.count - 1] : 0)
            }
            let found = LevenbergMarquardt.minimise(
                from: zip(start, free).filter(\.1).map(\.0)
            ) { reduced in
                let (contention, coherency) = full(reduced)
                return rows(through: passage, contention, coherency, freeing: free)
            }
            guard let found else { continue }
            let (contention, coherency) = full(found.parameters)
            guard contention >= 0 && coherency >= 0 else { continue }
            least = min(least, found.sumOfSquares)
            if free == [true, true] { break }
        }
        return least
    }

    private func parameters(
        through passage: Passage, _ contention: Double, _ coherency: Double
    ) -> [Double] {
        let n = passage.concurrency
        let costs = 1 + (n - 1) * (contention + coherency * n)
        return [log(passage.throughput / n * costs), contention, coherency]
    }

    /// The rate follows from the passage, so its derivative is passed on to σ and κ.
    private func rows(
        through passage: Passage, _ contention: Double, _ coherency: Double, freeing free: [Bool]
    ) -> [LevenbergMarquardt.Row]? {
        let n = passage.concurrency
        let costs = 1 + (n - 1) * (contention + coherency * n)
        guard costs > 0 else { return nil }
        return rows(parameters(through: passage, contention, coherency))?.map { row in
            let both = [
                row.derivatives[1] + row.derivatives[0] * (n - 1) / costs,
                row.derivatives[2] + row.derivatives[0] * n * (n - 1) / costs,
            ]
            return LevenbergMarquardt.Row(
                residual: row.residual, derivatives: zip(both, free).filter(\.1).map(\.0))
        }
    }

    /// N/X is linear in (N − 1) and N(N − 1): λ = 1/a, σ = b/a, κ = c/a. Weighted by X/N, so that
    /// errors count by their share.
    private func linearised() -> [Double] {
        let rows = points.map { point in
            let n = point.concurrency
            let weight = point.throughput / n
            return LevenbergMarquardt.Row(
                residual: -1, derivatives: [weight, weight * (n - 1), weight * n * (n - 1)])
        }
        let (matrix, gradient) = LevenbergMarquardt.normalEquations(rows)
        let solved = CholeskyFactor(matrix)?.solve(gradient).map { -$0 }
        if let solved, solved[0] > 0 {
            let start = [-log(solved[0]), solved[1] / solved[0], solved[2] / solved[0]]
            if self.rows(start) != nil { return start }
        }
        let best = points.map { $0.throughput / $0.concurrency }.max() ?? 1
        return [log(best), 0.01, 0.000_1]
    }

    private func rows(_ parameters: [Double]) -> [LevenbergMarquardt.Row]? {
        var rows: [LevenbergMarquardt.Row] = []
        for point in points {
            let n = point.concurrency
            let costs = 1 + (n - 1) * (parameters[1] + parameters[2] * n)
            guard costs > 0 else { return nil }
            let fitted = exp(parameters[0]) * n / costs
            let relative = [1, -(n - 1) / costs, -n * (n - 1) / costs]
            switch scatter {
            case .relative:
                rows.append(
                    LevenbergMarquardt.Row(
                        residual: log(fitted / point.throughput), derivatives: relative))
            case .absolute:
                rows.append(
                    LevenbergMarquardt.Row(
                        residual: fitted - point.throughput,
                        derivatives: relative.map { $0 * fitted }))
            }
        }
        return rows
    }
}
