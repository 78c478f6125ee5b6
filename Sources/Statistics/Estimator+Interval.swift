import Randomness

extension Estimator {
    /// The fewest units from which an interval free of assumptions, and so a bootstrap, can reach
    /// the confidence at all.
    var forksForBootstrap: Int {
        Quantile.sampleCountNeeded(forProbability: 0.5, confidence: confidence)
    }

    func automaticMethod(units: Int) -> IntervalMethod {
        units > 1 && units < forksForBootstrap ? .studentOverForks : .expandedPercentile
    }

    /// The interval of one set of forks; `forkValues` are their own figures.
    ///
    /// In a tail (`isTail`) a fork's own quantile rests on its few largest samples, and Student's
    /// interval over so uncertain figures falls short (0.79–0.93 in simulation, p99 of 100 to 300
    /// samples in each of 3 to 5 forks). Extended to hold the hierarchical bootstrap's interval, for
    /// which `wideningResamples` are enough, it covers 0.95 and more, unless forks differ by more than the samples within them: at twice as
    /// much, 0.74–0.90, for then the tail of all is the tail of the worst fork, which few show.
    func makeInterval(
        _ method: IntervalMethod, _ point: Double, _ resampler: inout some ForkResampler,
        _ forkValues: [Double], isTail: Bool
    ) -> ConfidenceInterval {
        let student =
            method == .studentOverForks
            ? StudentInterval.ofMean(forkValues, confidence: confidence).extended(toHold: point)
            : nil
        if let student, !isTail { return student }
        let units = forkValues.count == 1 ? resampler.sampleCounts[0] : forkValues.count
        var multiplicities = Array(repeating: 0, count: resampler.forkCount)
        let count = student == nil ? resamples : min(resamples, Estimator.wideningResamples)
        let distribution = bootstrap(point, count) { generator in
            resampler.resample(scratch: &multiplicities, by: &generator)
        }
        if let student { return student.extended(toHold: distribution, confidence) }
        let acceleration =
            method == .biasCorrectedAccelerated ? resampler.acceleration() : 0
        return limits(of: distribution, method, units: units, acceleration: acceleration)
    }

    /// The most replicates of a bootstrap that only widens another interval: their chance moves the
    /// level of a limit at 2.5 % by 0.35 % (a standard deviation), which so few forks do not show.
    static let wideningResamples = 2000

    /// The replicates that `draw` makes from the estimator's seed: `count` of them, `resamples` where it
    /// is `nil`.
    func bootstrap(
        _ point: Double, _ count: Int? = nil, _ draw: (inout Xoshiro256StarStar) -> Double
    ) -> BootstrapDistribution {
        var generator = seed.generator()
        let count = count ?? resamples
        var replicates: [Double] = []
        replicates.reserveCapacity(count)
        for _ in 0..<count { replicates.append(draw(&generator)) }
        return BootstrapDistribution(point: point, replicates: replicates)
    }

    func limits(
        of distribution: BootstrapDistribution, _ method: IntervalMethod, units: Int,
        acceleration: Double
    ) -> ConfidenceInterval {
        switch method {
        case .percentile:
            return distribution.percentileInterval(confidence)
        case .expandedPercentile:
            return distribution.expandedInterval(confidence, units: units)
        case .biasCorrectedAccelerated:
            return distribution.biasCorrectedInterval(confidence, acceleration: acceleration)
        case .orderStatistics, .signedRank, .studentOverForks:
            preconditionFailure("\(method.rawValue) does not apply to \(units) sampling units")
        }
    }
}

extension ConfidenceInterval {
    /// Extended to hold the bootstrap's percentile interval.
    func extended(
        toHold distribution: BootstrapDistribution, _ confidence: Double
    ) -> ConfidenceInterval {
        let other = distribution.percentileInterval(confidence)
        return extended(toHold: other.low).extended(toHold: other.high)
    }
}
