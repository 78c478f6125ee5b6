/// The samples without which a statistic's interval would be made of nothing.
enum SampleDemand: Hashable {
    /// Any number will do.
    case none
    /// This many, as the binomial demands of a quantile in a tail.
    case samples(Int)
    /// No number will do: an extreme of the distribution.
    case unbounded

    /// What `count` samples lack, if anything.
    func shortage(of count: Int) -> Caveat? {
        switch self {
        case .none: nil
        case .samples(let need): count < need ? .tooFewSamples(have: count, need: need) : nil
        case .unbounded: .extreme
        }
    }
}

extension Estimator {
    /// Means and medians make no demand here, since a few forks serve them; the bootstrap's own
    /// need of units is `forksForBootstrap`.
    func demand(of statistic: Statistic) -> SampleDemand {
        guard case .quantile(let probability) = statistic, probability != 0.5 else { return .none }
        guard probability > 0 && probability < 1 else { return .unbounded }
        return .samples(
            Quantile.sampleCountNeeded(forProbability: probability, confidence: confidence))
    }
}
