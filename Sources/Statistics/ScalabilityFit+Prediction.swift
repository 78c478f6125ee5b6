import Glibc

extension ScalabilityFit {
    /// Whether every point came with an interval above zero, so that the law's intervals hold what
    /// the points may have in common. Without, they hold the scatter about the law and nothing else.
    public var hasIntervals: Bool { model.points.allSatisfy { $0.reach != nil } }

    /// `explained` to three decimals, never rounded up: 0.9996 is 0.999, and 1 needs points that lie
    /// on the law.
    public var explainedRoundedDown: Double { floor(explained * 1000 + 1e-9) / 1000 }

    /// The law's throughput at a concurrency, measured or not, with its interval: the hull of two.
    ///
    /// One holds every throughput that a law with σ, κ ≥ 0 can pass through while fitting the points no
    /// worse than Student's t allows (profile likelihood: Bates and Watts, "Nonlinear Regression
    /// Analysis", 1988, 6.1); so that of an extrapolation holds the doubt about a coherency too small
    /// to be seen in the data. The other, for points with intervals, is that of the laws fitted to
    /// points which are all moved to those ends of their intervals that move the prediction farthest.
    /// Neither holds the scatter of a single measurement, nor the doubt whether the law goes on beyond
    /// `measuredRange`.
    ///
    /// About ten small fits; nothing is drawn at random.
    ///
    /// - Precondition: `concurrency >= 1`.
    public func prediction(
        at concurrency: Double
    ) -> (value: Double, interval: ConfidenceInterval) {
        precondition(concurrency >= 1, "concurrency \(concurrency) must be 1 or more")
        let value = law.throughput(at: concurrency)
        let scatter = [-1.0, 1].map { value * exp($0 * profileReach(at: concurrency, $0)) }
        let all = scatter + moved(at: concurrency) + [value]
        return (
            value,
            ConfidenceInterval(
                low: all.min() ?? value, high: all.max() ?? value, confidence: confidence)
        )
    }

    /// How far the logarithm of the prediction can go in a direction before the points are fitted too
    /// badly. The root of the likelihood is close to a straight line, on which the end is found by
    /// regula falsi (Dowell and Jarratt's Illinois variant, BIT 11, 1971).
    private func profileReach(at concurrency: Double, _ direction: Double) -> Double {
        let freedom = Double(model.points.count - 3)
        let t = StudentT(degreesOfFreedom: freedom).quantile((1 + confidence) / 2)
        let target = t * (sumOfSquares / freedom).squareRoot()
        // Points on the law: rounding is all that is left.
        guard target > 1e-9 else { return 0 }
        let value = law.throughput(at: concurrency)
        let start = [law.contention, law.coherency]
        func excess(_ reach: Double) -> Double {
            let passed = ScalabilityModel.Passage(
                concurrency: concurrency, throughput: value * exp(direction * reach))
            let least = model.leastSquares(through: passed, from: start)
            return max(0, least - sumOfSquares).squareRoot() - target
        }
        var inside = (reach: 0.0, excess: -target)
        var outside = (reach: target, excess: excess(target))
        while outside.excess < 0 && outside.reach < 300 {
            inside = outside
            outside.reach *= 2
            outside.excess = excess(outside.reach)
        }
        var last = 0
        for _ in 0..<60 where outside.reach - inside.reach > 1e-4 * outside.reach {
            let share = -inside.excess / (outside.excess - inside.excess)
            let isLine = share.isFinite && share > 0 && share < 1
            let reach = inside.reach + (isLine ? share : 0.5) * (outside.reach - inside.reach)
            let found = excess(reach)
            if abs(found) < 1e-4 * target { return reach }
            // An end that stays twice would hold the line up: its weight is halved.
            if found < 0 {
                if last < 0 { outside.excess /= 2 }
                (inside, last) = ((reach, found), -1)
            } else {
                if last > 0 { inside.excess /= 2 }
                (outside, last) = ((reach, found), 1)
            }
        }
        return outside.reach
    }

    /// The predictions of laws fitted to points moved to the ends of their intervals, as each
    /// parameterisation of the law that may be the best one there is moved farthest.
    private func moved(at concurrency: Double) -> [Double] {
        guard hasIntervals else { return [] }
        let best = [log(law.rate), law.contention, law.coherency]
        let slope = model.slope(at: concurrency, best)
        var tried: [[Double]] = []
        for free in [[true, true, true], [true, true, false], [true, false, false]] {
            guard let influences = model.influences(at: best, freeing: free) else { continue }
            let own = zip(slope, free).filter(\.1).map(\.0)
            let signs = influences.map { influence in
                zip(influence, own).reduce(0) { $0 + $1.0 * $1.1 } < 0 ? -1.0 : 1
            }
            if !tried.contains(signs) { tried.append(signs) }
        }
        return tried.flatMap { signs in
            [-1.0, 1].compactMap { direction in
                let points = zip(model.points, signs).map { $0.moved(by: direction * $1) }
                let other = ScalabilityModel(points: points, scatter: model.scatter)
                return other.feasible(other.minimum(freeing: [true, true, true])).map { minimum in
                    ScalabilityLaw(
                        rate: exp(minimum.parameters[0]), contention: minimum.parameters[1],
                        coherency: minimum.parameters[2]
                    ).throughput(at: concurrency)
                }
            }
        }
    }
}

extension ScalabilityModel {
    /// How much the logarithm of the law's throughput changes with ln λ, σ and κ.
    func slope(at concurrency: Double, _ parameters: [Double]) -> [Double] {
        let n = concurrency
        let costs = 1 + (n - 1) * (parameters[1] + parameters[2] * n)
        return [1, -(n - 1) / costs, -n * (n - 1) / costs]
    }

    /// How far ln λ, σ and κ go when every point is moved within its interval to the end that moves
    /// them farthest, to first order; nil when a point has no interval.
    func reaches(at parameters: [Double]) -> [Double]? {
        let reaches = points.compactMap { $0.reach.map { max($0.below, $0.above) } }
        guard reaches.count == points.count,
            let influences = influences(at: parameters, freeing: [true, true, true])
        else { return nil }
        return (0..<3).map { index in
            zip(influences, reaches).reduce(0) { $0 + abs($1.0[index]) * $1.1 }
        }
    }
}
