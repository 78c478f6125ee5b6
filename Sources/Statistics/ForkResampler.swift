import Randomness

/// Draws one bootstrap replicate of a statistic from forks chosen with multiplicity.
///
/// A fork that was chosen `m` times contributes `m` resamples of its own size.
protocol ForkResampler {
    /// Samples of each fork.
    var sampleCounts: [Int] { get }

    /// The statistic of all samples of all forks.
    mutating func point() -> Double

    /// The statistic of the forks' own samples, each fork repeated `multiplicities[i]` times.
    mutating func pooled(_ multiplicities: [Int]) -> Double

    /// The statistic after resampling within each chosen fork, with replacement.
    mutating func replicate(
        _ multiplicities: [Int], by generator: inout Xoshiro256StarStar
    ) -> Double

    /// Efron's acceleration when there is only one fork, from its samples' influence.
    mutating func accelerationWithinFork() -> Double
}

extension ForkResampler {
    var forkCount: Int { sampleCounts.count }

    mutating func point() -> Double { pooled(Array(repeating: 1, count: forkCount)) }

    /// One replicate: forks drawn with replacement, then samples within them.
    ///
    /// `multiplicities` is scratch of one entry a fork.
    mutating func resample(
        scratch multiplicities: inout [Int], by generator: inout Xoshiro256StarStar
    ) -> Double {
        let forks = forkCount
        for index in 0..<forks { multiplicities[index] = 0 }
        for _ in 0..<forks {
            multiplicities[Int(generator.next(below: UInt64(forks)))] += 1
        }
        return replicate(multiplicities, by: &generator)
    }

    /// Efron's acceleration: the skewness of the jackknife over forks, or of the samples'
    /// influence when there is one fork.
    mutating func acceleration() -> Double {
        forkCount > 1 ? jackknifeAcceleration([leaveOneForkOut()]) : accelerationWithinFork()
    }

    /// The statistic without each fork in turn; empty when there is only one.
    mutating func leaveOneForkOut() -> [Double] {
        guard forkCount > 1 else { return [] }
        var multiplicities = Array(repeating: 1, count: forkCount)
        var leftOut: [Double] = []
        for fork in 0..<forkCount {
            multiplicities[fork] = 0
            leftOut.append(pooled(multiplicities))
            multiplicities[fork] = 1
        }
        return leftOut
    }
}

/// Σd³ / 6(Σd²)^1.5 over the distances of jackknife values below their mean, each set of units
/// about its own (Efron 1987, eq. 6.6; Davison and Hinkley 1997, 5.3.2); 0 when all are alike.
func jackknifeAcceleration(_ sets: [[Double]]) -> Double {
    var (square, cube) = (0.0, 0.0)
    for leftOut in sets where !leftOut.isEmpty {
        let mean = Moments.mean(of: leftOut)
        for value in leftOut {
            let distance = mean - value
            square += distance * distance
            cube += distance * distance * distance
        }
    }
    return square > 0 ? cube / (6 * square * square.squareRoot()) : 0
}
