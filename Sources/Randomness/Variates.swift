import Glibc

/// Numbers of continuous distributions. All are made from `log`, `exp` and square roots of the C
/// library: a seed gives the same bytes wherever these round alike.
extension Xoshiro256StarStar {
    /// A standard normal number (Marsaglia and Bray's polar method, one of the pair kept).
    public mutating func nextNormal() -> Double {
        while true {
            let x = 2 * nextUnit() - 1
            let y = 2 * nextUnit() - 1
            let square = x * x + y * y
            if square > 0 && square < 1 { return x * (-2 * log(square) / square).squareRoot() }
        }
    }

    /// A log-normal number: its logarithm is normal around ln `median` with deviation `sigma`.
    ///
    /// The mean is `median`·exp(σ²/2). `median` must be positive, `sigma` not negative; both finite.
    public mutating func nextLogNormal(median: Double, sigma: Double) -> Double {
        precondition(
            median > 0 && median.isFinite && sigma >= 0 && sigma.isFinite,
            "no log-normal numbers of median \(median) and sigma \(sigma)")
        return median * exp(sigma * nextNormal())
    }

    /// An exponential number of this mean, by inversion: never negative, at most 36.8 means, since a
    /// draw has 53 bits. The mean must be positive and finite.
    public mutating func nextExponential(mean: Double) -> Double {
        precondition(
            mean > 0 && mean.isFinite, "no exponential numbers of mean \(mean)")
        // 1 − u lies in 0 < … ≤ 1, so that the logarithm is finite.
        return -mean * log(1 - nextUnit())
    }
}
