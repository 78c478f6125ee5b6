import Randomness
import Runs
public import Statistics

extension MetricHistory {
    /// The 95 % interval of each point, over the processes of its run among `sides`; `nil` where one
    /// process alone gave it, which says nothing of others, or its run is not among them.
    ///
    /// - Complexity: a bootstrap for each point of six processes or more, Student's for fewer.
    public func intervals(among sides: [MeasuredSide]) -> [ConfidenceInterval?] {
        let estimator = Estimator(seed: Seed(1), resamples: 2000)
        return points.map { point in
            guard let side = sides.first(where: { $0.run == point.run && $0.start == point.start }),
                let figure = side.figures.first(where: { $0.identity == identity }),
                figure.forks.count > 1
            else { return nil }
            return estimator.estimate(.median, of: figure.forks.map(\.values)).interval?
                .extended(toHold: point.value)
        }
    }
}
