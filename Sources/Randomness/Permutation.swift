/// A bijection of 0..<`count` that looks random: spreads ranks over a keyspace, so that the most
/// frequent keys are no neighbours, without a table.
///
/// A Feistel network of four rounds over the smallest power of four that holds the range (Luby and
/// Rackoff, "How to construct pseudorandom permutations from pseudorandom functions", SIAM J. Comput.
/// 17(2), 1988), repeated until the result falls into the range ("cycle walking": Black and
/// Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002): under four times on average. O(1).
/// Not for cryptography.
public struct Permutation: Hashable, Sendable {
    /// The length of the range.
    public let count: UInt64
    private let halfBits: UInt64
    private let keys: [UInt64]

    /// The bijection of 0..<`count` that `seed` determines; `count` from 1 to 2⁶².
    public init(count: UInt64, seed: Seed) {
        precondition((1...(1 << 62)).contains(count), "a permutation of \(count) is not supported")
        self.count = count
        let bits = 64 - (count - 1).leadingZeroBitCount
        halfBits = UInt64(max(1, (bits + 1) / 2))
        var filler = SplitMix64(seed: seed.rawValue)
        keys = (0..<4).map { _ in filler.next() }
    }

    /// Where `index`, below `count`, goes.
    public func callAsFunction(_ index: UInt64) -> UInt64 {
        precondition(index < count, "\(index) is not below \(count)")
        var result = index
        repeat { result = once(result) } while result >= count
        return result
    }

    private func once(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << halfBits) &- 1
        var left = value >> halfBits
        var right = value & mask
        for key in keys {
            (left, right) = (right, left ^ (SplitMix64.mix(right ^ key) & mask))
        }
        return left << halfBits | right
    }
}
