import Glibc

/// The averages of all pairs of differences (each with itself too), on which Wilcoxon's signed-rank
/// test and the Hodges-Lehmann estimate rest.
struct WalshAverages {
    private let sorted: [Double]
    private let count: Int

    /// Up to this many differences the null distribution is exact; above, normal.
    private static let exactLimit = 100

    /// - Complexity: O(n² log n).
    init(of differences: [Double]) {
        requireFinite(differences)
        count = differences.count
        var averages: [Double] = []
        averages.reserveCapacity(count * (count + 1) / 2)
        for i in 0..<count {
            for j in i..<count { averages.append((differences[i] + differences[j]) / 2) }
        }
        sorted = averages.sorted()
    }

    /// The Hodges-Lehmann estimate of the centre.
    var median: Double { Quantile.ofSorted(sorted, at: 0.5) }

    /// The interval whose limits leave out the same number of averages at both ends.
    ///
    /// - Precondition: enough differences that the smallest to the largest covers `confidence`.
    func interval(confidence: Double) -> ConfidenceInterval {
        let leftOut = averagesLeftOut(tail: (1 - confidence) / 2)
        precondition(leftOut >= 0, "\(count) differences cannot reach confidence \(confidence)")
        return ConfidenceInterval(
            low: sorted[leftOut], high: sorted[sorted.count - 1 - leftOut], confidence: confidence)
    }

    /// The largest k with P(T ≤ k) ≤ tail for the signed-rank statistic T; −1 when even k = 0
    /// has more.
    private func averagesLeftOut(tail: Double) -> Int {
        let n = Double(count)
        guard count <= WalshAverages.exactLimit else {
            let mean = n * (n + 1) / 4
            let deviation = (n * (n + 1) * (2 * n + 1) / 24).squareRoot()
            return Int((mean - 0.5 + StandardNormal.quantile(tail) * deviation).rounded(.down))
        }
        // P(T = t) by convolution: rank r counts with probability one half.
        var mass = Array(repeating: 0.0, count: count * (count + 1) / 2 + 1)
        mass[0] = 1
        var most = 0
        for rank in 1...count {
            most += rank
            // From the top: each sum is halved when both sums that lead to it are still the old ones.
            for sum in stride(from: most, through: rank, by: -1) {
                mass[sum] = mass[sum - rank] / 2 + mass[sum] / 2
            }
            for sum in 0..<rank { mass[sum] /= 2 }
        }
        var (below, leftOut) = (0.0, -1)
        while below + mass[leftOut + 1] <= tail {
            leftOut += 1
            below += mass[leftOut]
        }
        return leftOut
    }
}
