import Glibc

/// The standard normal distribution.
enum StandardNormal {
    /// Φ(z): the share below z, accurate in both tails.
    static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

    /// Φ⁻¹(p) for 0 < p < 1.
    static func quantile(_ p: Double) -> Double {
        precondition(p > 0 && p < 1, "Φ⁻¹(\(p)) is not finite")
        if p == 0.5 { return 0 }
        if p > 0.5 { return -quantile(1 - p) }
        return inverse(of: p, low: -40, high: 0, cumulative)
    }
}

/// Student's t distribution.
struct StudentT {
    /// ν > 0; need not be whole (Welch's approximation gives fractions).
    let degreesOfFreedom: Double

    /// The share below t.
    func cumulative(_ t: Double) -> Double {
        let nu = degreesOfFreedom
        let tail = 0.5 * incompleteBeta(nu / (nu + t * t), nu / 2, 0.5)
        return t < 0 ? tail : 1 - tail
    }

    /// The t below which the share p lies, 0 < p < 1.
    func quantile(_ p: Double) -> Double {
        precondition(p > 0 && p < 1, "t quantile at \(p) is not finite")
        if p == 0.5 { return 0 }
        if p > 0.5 { return -quantile(1 - p) }
        var low = -2.0
        while cumulative(low) > p { low *= 2 }
        return inverse(of: p, low: low, high: 0, cumulative)
    }
}

/// The binomial distribution: successes in `trials` independent trials.
struct Binomial {
    let trials: Int
    /// Between 0 and 1, both excluded.
    let probability: Double

    /// P(successes ≤ k); 0 below 0, 1 from `trials` on.
    func cumulative(_ k: Int) -> Double {
        if k < 0 { return 0 }
        if k >= trials { return 1 }
        return incompleteBeta(1 - probability, Double(trials - k), Double(k) + 1)
    }

    /// The smallest k with P(successes ≤ k) ≥ `share`; O(log trials) evaluations.
    func quantile(_ share: Double) -> Int {
        var (low, high) = (-1, trials)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if cumulative(middle) >= share { high = middle } else { low = middle }
        }
        return high
    }
}
