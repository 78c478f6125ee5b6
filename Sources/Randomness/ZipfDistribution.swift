import Glibc

/// Zipf's distribution over `count` ranks: rank r (from 0) has probability (r+1)⁻ˢ / H(count, s).
///
/// Rejection-inversion (Hörmann and Derflinger, "Rejection-inversion to generate variates from
/// monotone discrete distributions", ACM TOMACS 6(3), 1996): the integral of x⁻ˢ is inverted at a
/// uniform point, and the rank nearest to it is taken or, rarely, refused so that what is left has
/// exactly Zipf's probabilities. Every exponent above 0 will do, 1 and beyond included. No table: O(1)
/// memory and set-up, and little more than one draw a rank.
///
/// No erratum to that paper is known to us. Two things are not as printed there, both as in
/// `RejectionInversionZipfSampler` of Apache Commons RNG, and neither changes a probability: the
/// antiderivative is (x¹⁻ˢ − 1)/(1 − s) and not x¹⁻ˢ/(1 − s), which has a pole at s = 1 (a constant
/// that cancels), and it and its inverse go through `expm1` and `log1p`, which keep their digits
/// near that pole. The test that accepts most points without computing a power is the paper's.
///
/// Not the generator of Gray, Sundaresan, Englert, Baclawski and Weinberger ("Quickly generating
/// billion-record synthetic databases", SIGMOD 1994), which YCSB made the usual one. That needs
/// ζ(count), a sum over all ranks, which YCSB carries on when items are added; holds only for
/// exponents above 0 and below 1, since it raises to the power 1/(1 − s); and it is exact for the
/// first two ranks alone, which it treats apart, while the others come from a continuous
/// approximation that the discrete probabilities differ from. That is the method and no misprint:
/// a copy of it that is free of errors has these limits too.
public struct ZipfDistribution: Hashable, Sendable {
    /// How many ranks there are.
    public let count: UInt64
    /// The exponent s.
    public let exponent: Double

    private let integralAtStart: Double
    private let integralAtEnd: Double
    private let squeeze: Double

    /// The most ranks: beyond 2⁴⁸ the nearest rank cannot be told from a 53-bit number.
    public static let mostRanks: UInt64 = 1 << 48

    /// The distribution over ranks 0..<`count`, `count` from 1 to 2⁴⁸, with a finite `exponent`
    /// above 0.
    public init(count: UInt64, exponent: Double) {
        precondition(
            (1...ZipfDistribution.mostRanks).contains(count),
            "Zipf needs 1 to 2^48 ranks, got \(count)")
        precondition(
            exponent > 0 && exponent.isFinite, "Zipf's exponent must be above 0, got \(exponent)")
        self.count = count
        self.exponent = exponent
        integralAtStart = ZipfDistribution.integral(1.5, exponent) - 1
        integralAtEnd = ZipfDistribution.integral(Double(count) + 0.5, exponent)
        squeeze =
            2
            - ZipfDistribution.inverseIntegral(
                ZipfDistribution.integral(2.5, exponent) - pow(2, -exponent), exponent)
    }

    /// A rank in 0..<`count`, 0 the most frequent.
    public func next(using generator: inout Xoshiro256StarStar) -> UInt64 {
        while true {
            let area = integralAtEnd + generator.nextUnit() * (integralAtStart - integralAtEnd)
            let x = ZipfDistribution.inverseIntegral(area, exponent)
            let rank = min(max((x + 0.5).rounded(.down), 1), Double(count))
            if rank - x <= squeeze
                || area >= ZipfDistribution.integral(rank + 0.5, exponent) - pow(rank, -exponent)
            {
                return UInt64(rank) - 1
            }
        }
    }

    /// ∫₁ˣ t⁻ˢ dt = (x¹⁻ˢ − 1)/(1 − s), which is ln x for s = 1; without cancellation near there.
    private static func integral(_ x: Double, _ s: Double) -> Double {
        let logarithm = log(x)
        let power = (1 - s) * logarithm
        return logarithm * (power == 0 ? 1 : expm1(power) / power)
    }

    /// The x at which the integral is `area`.
    private static func inverseIntegral(_ area: Double, _ s: Double) -> Double {
        // Below −1 only by rounding: the integral has an upper bound where s > 1.
        let scaled = max(-1, area * (1 - s))
        return exp(area * (scaled == 0 ? 1 : log1p(scaled) / scaled))
    }
}
