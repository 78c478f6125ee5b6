import Glibc
import Randomness

extension Xoshiro256StarStar {
    /// The number of successes in `trials` trials of success probability `probability`, exact.
    ///
    /// Inversion where the expected count is below 10, Hörmann's transformed rejection (BTRS)
    /// above; O(1) either way. Source: "The generation of binomial random variates", Journal of
    /// Statistical Computation and Simulation 46, 1993.
    mutating func nextBinomial(trials: Int, probability: Double) -> Int {
        if trials == 0 || probability <= 0 { return 0 }
        if probability >= 1 { return trials }
        if probability > 0.5 {
            return trials - nextBinomial(trials: trials, probability: 1 - probability)
        }
        if Double(trials) * probability < 10 {
            return nextBinomialByInversion(trials: trials, probability: probability)
        }
        return nextBinomialByRejection(trials: trials, probability: probability)
    }

    private mutating func nextBinomialByInversion(trials: Int, probability: Double) -> Int {
        let odds = probability / (1 - probability)
        let none = exp(Double(trials) * log1p(-probability))
        // 2⁻⁵³ of the draws may run past any bound by rounding; such a draw is repeated.
        while true {
            var remaining = nextUnit()
            var mass = none
            var count = 0
            while count <= trials && mass > 0 {
                if remaining < mass { return count }
                remaining -= mass
                count += 1
                mass *= odds * (Double(trials - count + 1) / Double(count))
            }
        }
    }

    private mutating func nextBinomialByRejection(trials: Int, probability: Double) -> Int {
        let n = Double(trials)
        let deviation = (n * probability * (1 - probability)).squareRoot()
        let b = 1.15 + 2.53 * deviation
        let a = -0.0873 + 0.0248 * b + 0.01 * probability
        let center = n * probability + 0.5
        let odds = probability / (1 - probability)
        let squeeze = 0.92 - 4.2 / b
        // Six draws of seven are accepted by the squeeze alone: logarithms wait until one is not.
        var hat: BinomialHat?
        while true {
            let u = nextUnit() - 0.5
            let v = nextUnit()
            let distance = 0.5 - abs(u)
            let k = ((2 * a / distance + b) * u + center).rounded(.down)
            guard k >= 0 && k <= n else { continue }
            if distance >= 0.07 && v <= squeeze { return Int(k) }
            let own = hat ?? BinomialHat(n, probability, odds, deviation, b)
            hat = own
            let height = log(v * own.alpha / (a / (distance * distance) + b))
            let bound =
                own.peak + (n + 1) * log((n - own.mode + 1) / (n - k + 1))
                + (k + 0.5) * log(odds * (n - k + 1) / (k + 1)) - factorialTail(k)
                - factorialTail(n - k)
            if height <= bound { return Int(k) }
        }
    }

    /// A gamma number of unit scale for a positive `shape` (Marsaglia and Tsang, "A simple method
    /// for generating gamma variables", ACM TOMS 26(3), 2000; below 1 by their boost).
    mutating func nextGamma(shape: Double) -> Double {
        precondition(shape > 0, "gamma shape \(shape) must be positive")
        if shape < 1 {
            let boost = pow(1 - nextUnit(), 1 / shape)
            return nextGamma(shape: shape + 1) * boost
        }
        let d = shape - 1 / 3.0
        let c = 1 / (9 * d).squareRoot()
        while true {
            let normal = nextNormal()
            let root = 1 + c * normal
            guard root > 0 else { continue }
            let cube = root * root * root
            let u = nextUnit()
            if u > 0 && log(u) < 0.5 * normal * normal + d - d * cube + d * log(cube) {
                return d * cube
            }
        }
    }
}

/// ln k! − [ln √2π + (k + ½) ln(k + 1) − (k + 1)], Stirling's error as Hörmann centres it.
private func factorialTail(_ k: Double) -> Double {
    guard k < 10 else { return stirlingTail(k + 1) }
    return smallFactorialTails[Int(k)]
}

private let smallFactorialTails: [Double] = (0..<10).map { k in
    let x = Double(k) + 1
    return logGamma(x) - ((x - 0.5) * log(x) - x + 0.918_938_533_204_672_741_78)
}

/// What the exact test of Hörmann's transformed rejection needs of a binomial law.
private struct BinomialHat {
    let alpha: Double
    let mode: Double
    let peak: Double

    init(_ n: Double, _ probability: Double, _ odds: Double, _ deviation: Double, _ b: Double) {
        alpha = (2.83 + 5.1 / b) * deviation
        mode = ((n + 1) * probability).rounded(.down)
        peak =
            (mode + 0.5) * log((mode + 1) / (odds * (n - mode + 1))) + factorialTail(mode)
            + factorialTail(n - mode)
    }
}
