extension Estimator {
    /// The statistic of samples that are independent of each other and of the process that took them,
    /// each a sampling unit of its own: figures of simulated runs, each from a seed of its own.
    ///
    /// A quantile lies between two order statistics from `Quantile.sampleCountNeeded` samples on, as
    /// many as its probability asks for; all else is estimated as if each sample were a fork's only one.
    /// `forkCount` of the estimate is the number of samples.
    ///
    /// - Precondition: at least one sample, all of them finite.
    public func estimate(_ statistic: Statistic, ofIndependent samples: [Double]) -> Estimate {
        precondition(!samples.isEmpty, "no samples to estimate a \(statistic) of")
        guard samples.count > 1 else {
            return Estimate(
                value: samples[0], interval: nil, method: nil, sampleCount: 1, forkCount: 1,
                caveats: [.tooFewSamples(have: 1, need: 2)])
        }
        if case .quantile(let probability) = statistic, probability > 0, probability < 1,
            method == nil || method == .orderStatistics,
            case let all = SampleDistribution(samples),
            let interval = Quantile.interval(of: all, at: probability, confidence: confidence)
        {
            return Estimate(
                value: all.quantile(probability), interval: interval, method: .orderStatistics,
                sampleCount: samples.count, forkCount: samples.count)
        }
        return estimate(statistic, of: samples.map { [$0] })
    }
}
