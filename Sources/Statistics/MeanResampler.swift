import Randomness

/// Replicates of a pooled mean.
///
/// Up to `exactLimit` samples in all, every sample is drawn. Above it the mean of a resampled fork
/// is drawn from the Pearson III (shifted gamma) law that has the mean, variance and skewness of
/// the exact bootstrap distribution: s/√n and g/√n for a fork of n samples with deviation s and
/// skewness g. What is left out is of the order of the kurtosis over n.
struct MeanResampler: ForkResampler {
    static let exactLimit = 10_000

    let sampleCounts: [Int]
    /// Each fork's samples in ascending order; empty where they are not drawn one by one.
    private let samples: [[Double]]
    private let moments: [ForkMoments]
    private let drawsEverySample: Bool

    private struct ForkMoments {
        let mean: Double
        let deviation: Double
        let skewness: Double
    }

    init(_ distributions: [SampleDistribution]) {
        precondition(!distributions.isEmpty, "at least one fork is needed")
        sampleCounts = distributions.map(\.count)
        let isFew = sampleCounts.reduce(0, +) <= MeanResampler.exactLimit
        drawsEverySample = isFew
        samples = distributions.map { distribution in
            guard isFew else { return [] }
            return distribution.values.enumerated().flatMap { index, value in
                repeatElement(value, count: distribution.count(at: index))
            }
        }
        moments = distributions.map { distribution in
            let mean = distribution.mean
            let deviation = distribution.centralMoment(2, about: mean).squareRoot()
            let cube = deviation * deviation * deviation
            let skewness = cube > 0 ? distribution.centralMoment(3, about: mean) / cube : 0
            return ForkMoments(mean: mean, deviation: deviation, skewness: skewness)
        }
    }

    mutating func pooled(_ multiplicities: [Int]) -> Double {
        var (sum, total) = (0.0, 0.0)
        for fork in sampleCounts.indices where multiplicities[fork] > 0 {
            let draws = Double(multiplicities[fork] * sampleCounts[fork])
            sum += moments[fork].mean * draws
            total += draws
        }
        return sum / total
    }

    mutating func replicate(
        _ multiplicities: [Int], by generator: inout Xoshiro256StarStar
    ) -> Double {
        var (sum, total) = (0.0, 0.0)
        for fork in sampleCounts.indices where multiplicities[fork] > 0 {
            let draws = multiplicities[fork] * sampleCounts[fork]
            let mean =
                drawsEverySample
                ? sampledMean(fork, draws, &generator) : modelledMean(fork, draws, &generator)
            sum += mean * Double(draws)
            total += Double(draws)
        }
        return sum / total
    }

    /// The skewness of the samples over 6√n: a sample's influence on the mean is its distance.
    mutating func accelerationWithinFork() -> Double {
        moments[0].skewness / (6 * Double(sampleCounts[0]).squareRoot())
    }

    private func sampledMean(
        _ fork: Int, _ draws: Int, _ generator: inout Xoshiro256StarStar
    ) -> Double {
        generator.sum(draws, drawnFrom: samples[fork]) / Double(draws)
    }

    private func modelledMean(
        _ fork: Int, _ draws: Int, _ generator: inout Xoshiro256StarStar
    ) -> Double {
        let moment = moments[fork]
        let root = Double(draws).squareRoot()
        let skewness = moment.skewness / root
        guard abs(skewness) > 1e-6 else {
            return moment.mean + moment.deviation / root * generator.nextNormal()
        }
        // The skewness of n samples is at most √n, so that of their mean at most 1 and the
        // gamma's shape at least 4.
        let shape = 4 / (skewness * skewness)
        let standard = (generator.nextGamma(shape: shape) - shape) / shape.squareRoot()
        let signed = skewness < 0 ? -standard : standard
        return moment.mean + moment.deviation / root * signed
    }
}
