/// How far a member's load may exceed its part: of m keys, member i of weight wᵢ out of W has at most
/// ⌈C·wᵢ/W⌉, where C = ⌈(1 + ε)m⌉.
///
/// Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads", SODA 2018
/// (arXiv:1608.01350, 2016), where weights are equal and the bound is ⌈(1 + ε)m/n⌉: the same there.
public struct LoadBound: Hashable, Sendable {
    /// ε, the share by which a load may exceed the mean.
    public let excess: Double
    /// ε in units of 2⁻³², rounded: capacities are computed in whole numbers, alike everywhere.
    private let units: UInt64

    /// A bound that lets loads exceed the mean by the share `excess`.
    ///
    /// - Throws: `invalidExcess` for one that is not from 0.001 to 1 000.
    public init(excess: Double) throws(RingError) {
        guard excess >= 0.001, excess <= 1_000 else { throw .invalidExcess(excess) }
        self.excess = excess
        units = UInt64((excess * 0x1p32).rounded())
    }

    /// C: how many keys all members together have room for when there are `keys`.
    public func capacity(forKeys keys: Int) -> Int {
        precondition(keys >= 0, "\(keys) keys")
        let one = UInt128(1) << 32
        return Int((UInt128(keys) * (one + UInt128(units)) + (one - 1)) >> 32)
    }
}
