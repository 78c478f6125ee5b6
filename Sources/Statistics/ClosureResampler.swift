import Randomness

/// Replicates of any statistic of the pooled samples, every sample drawn: O(samples) each plus
/// what the statistic costs.
struct ClosureResampler: ForkResampler {
    let sampleCounts: [Int]
    private let forks: [[Double]]
    private let statistic: (inout [Double]) -> Double
    private var scratch: [Double] = []

    /// Groups of the delete-a-group jackknife that gives one fork's acceleration.
    private static let jackknifeGroups = 200

    init(_ forks: [[Double]], statistic: @escaping (inout [Double]) -> Double) {
        precondition(!forks.isEmpty, "at least one fork is needed")
        for fork in forks { requireFinite(fork) }
        self.forks = forks
        self.statistic = statistic
        sampleCounts = forks.map(\.count)
    }

    mutating func pooled(_ multiplicities: [Int]) -> Double {
        scratch.removeAll(keepingCapacity: true)
        for fork in forks.indices {
            for _ in 0..<multiplicities[fork] { scratch.append(contentsOf: forks[fork]) }
        }
        return evaluated()
    }

    mutating func replicate(
        _ multiplicities: [Int], by generator: inout Xoshiro256StarStar
    ) -> Double {
        scratch.removeAll(keepingCapacity: true)
        for fork in forks.indices {
            let samples = forks[fork]
            for _ in 0..<(multiplicities[fork] * samples.count) {
                scratch.append(samples[Int(generator.next(below: UInt64(samples.count)))])
            }
        }
        return evaluated()
    }

    mutating func accelerationWithinFork() -> Double {
        let samples = forks[0]
        let groups = min(samples.count, ClosureResampler.jackknifeGroups)
        guard groups > 1 else { return 0 }
        var leftOut: [Double] = []
        for group in 0..<groups {
            scratch.removeAll(keepingCapacity: true)
            for index in samples.indices where index % groups != group {
                scratch.append(samples[index])
            }
            leftOut.append(evaluated())
        }
        return jackknifeAcceleration([leftOut])
    }

    private mutating func evaluated() -> Double {
        let value = statistic(&scratch)
        precondition(value.isFinite, "the statistic of \(scratch.count) samples is \(value)")
        return value
    }
}
