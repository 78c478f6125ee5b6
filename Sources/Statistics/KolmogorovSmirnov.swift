import Glibc

/// The Kolmogorov-Smirnov test of one sample against a continuous distribution that was fixed before
/// the sample was seen.
public struct KolmogorovSmirnov: Hashable, Sendable {
    /// The largest distance between the sample's cumulative distribution and the one tested against.
    public let statistic: Double
    /// How many values the sample has.
    public let count: Int

    /// Tests `samples`, in any order, against the distribution whose share below x `cumulative`
    /// gives. O(n log n). The sample must not be empty.
    public init(_ samples: [Double], against cumulative: (Double) -> Double) {
        precondition(!samples.isEmpty, "a sample without values")
        let n = Double(samples.count)
        var largest = 0.0
        for (index, value) in samples.sorted().enumerated() {
            let share = cumulative(value)
            largest = max(largest, share - Double(index) / n, Double(index + 1) / n - share)
        }
        statistic = largest
        count = samples.count
    }

    /// A statistic that is known.
    init(statistic: Double, count: Int) {
        self.statistic = statistic
        self.count = count
    }

    /// The probability of a distance at least as large in a sample that does come from the
    /// distribution (two-sided).
    ///
    /// Up to 100 values the exact one (Marsaglia, Tsang and Wang, "Evaluating Kolmogorov's
    /// distribution", Journal of Statistical Software 8(18), 2003), O(n³); above, Kolmogorov's limit
    /// at an argument corrected for n (Vrbik, "Small-sample corrections to Kolmogorov-Smirnov test
    /// statistic", Pioneer Journal of Theoretical and Applied Statistics 15, 2018), within 0.0002.
    public var significance: Double {
        if statistic * Double(count) <= 0.5 { return 1 }
        if statistic >= 1 { return 0 }
        return count <= 100 ? exactSignificance : limitingSignificance
    }

    private var limitingSignificance: Double {
        let root = Double(count).squareRoot()
        let limiting = root * statistic
        let scaled = limiting + 1 / (6 * root) + (limiting - 1) / (4 * Double(count))
        guard scaled > 0.2 else { return 1 }
        var sum = 0.0
        var sign = 1.0
        for k in 1...100 {
            let term = exp(-2 * Double(k * k) * scaled * scaled)
            sum += sign * term
            if term < 1e-18 { break }
            sign = -sign
        }
        return min(1, max(0, 2 * sum))
    }

    /// 1 − n!/nⁿ · (Hⁿ)ₖₖ for Durbin's matrix H of size 2k − 1, where k is the least whole number
    /// above n·d.
    private var exactSignificance: Double {
        let n = Double(count)
        let k = Int(n * statistic) + 1
        let fraction = Double(k) - n * statistic
        var power = SquareMatrix.durbin(size: 2 * k - 1, fraction: fraction)
        var result = SquareMatrix.identity(size: 2 * k - 1)
        var exponent = count
        while exponent > 0 {
            if exponent & 1 == 1 { result = result.times(power) }
            exponent >>= 1
            if exponent > 0 { power = power.times(power) }
        }
        var below = result[k - 1, k - 1]
        // n!/nⁿ is about e⁻ⁿ, so neither it nor the power leaves a double's range for 100 values.
        for i in 1...count { below *= Double(i) / n }
        return min(1, max(0, 1 - below))
    }
}

/// A square matrix by rows.
private struct SquareMatrix {
    let size: Int
    private var elements: [Double]

    private init(size: Int) {
        self.size = size
        elements = Array(repeating: 0, count: size * size)
    }

    subscript(row: Int, column: Int) -> Double {
        get { elements[row * size + column] }
        set { elements[row * size + column] = newValue }
    }

    static func identity(size: Int) -> SquareMatrix {
        var matrix = SquareMatrix(size: size)
        for i in 0..<size { matrix[i, i] = 1 }
        return matrix
    }

    /// Durbin's matrix: 1/(i−j+1)! on and below the first superdiagonal, with corrections by powers
    /// of `fraction` in the first column and the last row.
    static func durbin(size: Int, fraction: Double) -> SquareMatrix {
        var matrix = SquareMatrix(size: size)
        for i in 0..<size {
            for j in 0..<size where i - j + 1 >= 0 { matrix[i, j] = 1 }
        }
        for i in 0..<size {
            matrix[i, 0] -= pow(fraction, Double(i + 1))
            matrix[size - 1, i] -= pow(fraction, Double(size - i))
        }
        if 2 * fraction > 1 { matrix[size - 1, 0] += pow(2 * fraction - 1, Double(size)) }
        for i in 0..<size {
            for j in 0..<size where i - j + 1 > 0 {
                for divisor in 1...(i - j + 1) { matrix[i, j] /= Double(divisor) }
            }
        }
        return matrix
    }

    func times(_ other: SquareMatrix) -> SquareMatrix {
        var product = SquareMatrix(size: size)
        for i in 0..<size {
            for k in 0..<size {
                let factor = self[i, k]
                if factor == 0 { continue }
                for j in 0..<size { product[i, j] += factor * other[k, j] }
            }
        }
        return product
    }
}
