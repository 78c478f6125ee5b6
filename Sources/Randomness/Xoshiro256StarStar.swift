/// Blackman and Vigna's xoshiro256**: the suite's general generator, seeded and replayable.
///
/// Period 2²⁵⁶ − 1. Source: "Scrambled linear pseudorandom number generators", ACM TOMS 47(4),
/// 2021. Not for cryptography.
public struct Xoshiro256StarStar: RandomNumberGenerator, Sendable {
    private var s0, s1, s2, s3: UInt64

    /// The stream of `seed`, its state filled by SplitMix64 as the authors recommend.
    public init(seed: Seed) {
        var filler = SplitMix64(seed: seed.rawValue)
        (s0, s1, s2, s3) = (filler.next(), filler.next(), filler.next(), filler.next())
    }

    init(state: (UInt64, UInt64, UInt64, UInt64)) { (s0, s1, s2, s3) = state }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        let scaled = s1 &* 5
        let result = ((scaled << 7) | (scaled >> 57)) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }

    /// A uniform integer in `0..<bound`, unbiased (Lemire, "Fast random integer generation in an
    /// interval", TOMACS 29(1), 2019).
    ///
    /// Written out rather than taken from the standard library so that a seed gives the same
    /// schedule whatever library version runs it.
    public mutating func next(below bound: UInt64) -> UInt64 {
        precondition(bound > 0, "bound must be positive")
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold {
                product = next().multipliedFullWidth(by: bound)
            }
        }
        return product.high
    }

    /// The sum of `count` of the values, drawn with replacement by as many calls of `next(below:)`, which are
    /// made faster here, where nothing stands between them. O(`count`).
    ///
    /// Every fourth goes to the same one of four sums, since each addition waits for the one before it.
    ///
    /// - Precondition: there is a value.
    public mutating func sum(_ count: Int, drawnFrom values: [Double]) -> Double {
        precondition(!values.isEmpty, "nothing to draw from")
        let bound = UInt64(values.count)
        var own = self
        var sums = SIMD4<Double>.zero
        for _ in 0..<count / 4 {
            let first = values[Int(own.next(below: bound))]
            let second = values[Int(own.next(below: bound))]
            let third = values[Int(own.next(below: bound))]
            sums += SIMD4(first, second, third, values[Int(own.next(below: bound))])
        }
        for place in 0..<count % 4 { sums[place] += values[Int(own.next(below: bound))] }
        self = own
        return sums.sum()
    }

    /// A uniform number in `0..<1` with 53 random bits.
    public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

extension Array {
    /// The elements in an order that `generator` determines (Fisher-Yates, Durstenfeld's form).
    public func shuffled(by generator: inout Xoshiro256StarStar) -> [Element] {
        var result = self
        guard result.count > 1 else { return result }
        for last in stride(from: result.count - 1, through: 1, by: -1) {
            let chosen = Int(generator.next(below: UInt64(last) + 1))
            result.swapAt(last, chosen)
        }
        return result
    }
}
