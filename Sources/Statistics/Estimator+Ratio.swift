import Glibc
import Randomness

extension Estimator {
    /// The ratio of a statistic of one set of forks to that of another, the sets being independent.
    ///
    /// The value is the ratio of the pooled statistics. With `forksForBootstrap` forks or more on
    /// both sides (6 at 0.95) the interval is the hierarchical bootstrap's, both sides resampled
    /// in each replicate; with fewer it is Welch's over the logarithms of the forks' figures.
    /// A side of one fork shows no variance between processes: it is resampled within alone, and
    /// the estimate is marked `withinProcessOnly`.
    ///
    /// Where A and B ran in pairs, `pairedRatio` is narrower.
    ///
    /// - Returns: nil when a fork's statistic is zero or negative: such a ratio has no meaning.
    /// - Precondition: at least one fork a side, none empty, all samples finite.
    public func ratio(
        _ statistic: Statistic = .median, of numerator: [[Double]], to denominator: [[Double]]
    ) -> Estimate? {
        ratio(
            statistic, of: numerator.map { SampleDistribution($0) },
            to: denominator.map { SampleDistribution($0) })
    }

    /// The ratio for one distribution a fork, e.g. the forks' histograms.
    ///
    /// - Returns: nil when a fork's statistic is zero or negative.
    /// - Precondition: at least one fork a side.
    public func ratio(
        _ statistic: Statistic = .median, of numerator: [SampleDistribution],
        to denominator: [SampleDistribution]
    ) -> Estimate? {
        switch statistic {
        case .mean:
            var top = MeanResampler(numerator)
            var bottom = MeanResampler(denominator)
            return ratio(statistic, numerator, denominator, &top, &bottom)
        case .quantile(let probability):
            var top = QuantileResampler(numerator, probability: probability)
            var bottom = QuantileResampler(denominator, probability: probability)
            return ratio(statistic, numerator, denominator, &top, &bottom)
        }
    }

    private func ratio<Resampler: ForkResampler>(
        _ statistic: Statistic, _ numerator: [SampleDistribution],
        _ denominator: [SampleDistribution], _ top: inout Resampler, _ bottom: inout Resampler
    ) -> Estimate? {
        let figures = (
            numerator.map { $0.value(of: statistic) }, denominator.map { $0.value(of: statistic) }
        )
        guard figures.0.allSatisfy({ $0 > 0 }) && figures.1.allSatisfy({ $0 > 0 }) else {
            return nil
        }
        let point = top.point() / bottom.point()
        let forks = min(numerator.count, denominator.count)
        let counts = (top.sampleCounts.reduce(0, +), bottom.sampleCounts.reduce(0, +))
        let smaller = min(counts.0, counts.1)
        var caveats: [Caveat] = forks == 1 ? [.withinProcessOnly] : []
        let demand = demand(of: statistic)
        let least = SampleDemand.samples(forks == 1 ? forksForBootstrap : 2)
        if let shortage = demand.shortage(of: smaller) ?? least.shortage(of: smaller) {
            caveats.append(shortage)
            return Estimate(
                value: point, interval: nil, method: nil, sampleCount: counts.0 + counts.1,
                forkCount: forks, caveats: caveats)
        }
        let chosen = method ?? automaticMethod(units: forks)
        let student =
            chosen == .studentOverForks
            ? StudentInterval.ofRatio(figures.0, figures.1, confidence: confidence)
                .extended(toHold: point) : nil
        var interval = student
        if student == nil || demand != .none {
            let distribution = bootstrapRatio(point, &top, &bottom)
            interval = distribution.map { found in
                student?.extended(toHold: found, confidence)
                    ?? limits(
                        of: found, chosen, units: forks == 1 ? smaller : forks,
                        acceleration: chosen == .biasCorrectedAccelerated
                            ? acceleration(&top, &bottom) : 0)
            }
            if distribution == nil { caveats.append(.undefinedResamples) }
        }
        return Estimate(
            value: point, interval: interval, method: interval == nil ? nil : chosen,
            sampleCount: counts.0 + counts.1, forkCount: forks, caveats: caveats)
    }

    /// Nil when a resample's denominator is zero, as zeros among the samples allow.
    private func bootstrapRatio<Resampler: ForkResampler>(
        _ point: Double, _ top: inout Resampler, _ bottom: inout Resampler
    ) -> BootstrapDistribution? {
        var scratch = (
            Array(repeating: 0, count: top.forkCount), Array(repeating: 0, count: bottom.forkCount)
        )
        var isDefined = true
        let found = bootstrap(point) { generator in
            let upper = top.resample(scratch: &scratch.0, by: &generator)
            let lower = bottom.resample(scratch: &scratch.1, by: &generator)
            if lower > 0 { return upper / lower }
            isDefined = false
            return 0
        }
        return isDefined ? found : nil
    }

    /// Over the forks of both sides; 0, which leaves the bias correction, where each has one.
    private func acceleration<Resampler: ForkResampler>(
        _ top: inout Resampler, _ bottom: inout Resampler
    ) -> Double {
        let (upper, lower) = (top.point(), bottom.point())
        return jackknifeAcceleration([
            top.leaveOneForkOut().map { $0 / lower },
            bottom.leaveOneForkOut().map { upper / $0 },
        ])
    }

    /// The ratio of a statistic in rounds that measured A and B side by side: `numerator[i]` and
    /// `denominator[i]` are the samples of round i, and the round is the sampling unit.
    ///
    /// The value is the Hodges-Lehmann estimate over the rounds' log ratios (the median of all
    /// pairwise averages), which a disturbed round hardly moves and whatever drifts between rounds
    /// does not touch. With `forksForBootstrap` rounds or more (6 at 0.95) the interval is Wilcoxon's
    /// signed-rank interval, exact for symmetric differences whatever their spread; with fewer,
    /// Student's t over the log ratios. One round gives the bootstrap within the process.
    /// Sources: Hodges and Lehmann, Annals of Mathematical Statistics 34, 1963; Hollander, Wolfe
    /// and Chicken, "Nonparametric Statistical Methods", 3rd ed., 3.3.
    ///
    /// - Returns: nil when a round's statistic is zero or negative.
    /// - Precondition: as many numerators as denominators, at least one; none empty; all finite.
    public func pairedRatio(
        _ statistic: Statistic = .median, of numerator: [[Double]], to denominator: [[Double]]
    ) -> Estimate? {
        precondition(
            numerator.count == denominator.count && !numerator.isEmpty,
            "\(numerator.count) numerators and \(denominator.count) denominators make no pairs")
        let top = numerator.map { SampleDistribution($0).value(of: statistic) }
        let bottom = denominator.map { SampleDistribution($0).value(of: statistic) }
        guard top.allSatisfy({ $0 > 0 }) && bottom.allSatisfy({ $0 > 0 }) else { return nil }
        guard top.count > 1 else { return ratio(statistic, of: numerator, to: denominator) }
        let rounds = zip(top, bottom).map { log($0 / $1) }
        let walsh = WalshAverages(of: rounds)
        let counts = (
            numerator.reduce(0) { $0 + $1.count }, denominator.reduce(0) { $0 + $1.count }
        )
        if let shortage = demand(of: statistic).shortage(of: min(counts.0, counts.1)) {
            return Estimate(
                value: exp(walsh.median), interval: nil, method: nil,
                sampleCount: counts.0 + counts.1, forkCount: rounds.count,
                caveats: [shortage])
        }
        let exact = rounds.count >= forksForBootstrap
        let differences =
            exact
            ? walsh.interval(confidence: confidence)
            : StudentInterval.linear(rounds, confidence).extended(toHold: walsh.median)
        return Estimate(
            value: exp(walsh.median), interval: differences.mapped { exp($0) },
            method: exact ? .signedRank : .studentOverForks, sampleCount: counts.0 + counts.1,
            forkCount: rounds.count)
    }
}
