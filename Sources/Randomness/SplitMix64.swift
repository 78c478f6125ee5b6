/// Vigna's SplitMix64: spreads one seed into a stream of well-mixed words.
///
/// Used to seed other generators and to derive independent seeds from names.
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014;
/// constants from Vigna's public-domain reference `splitmix64.c`.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A stream that `seed` determines; every seed is valid, zero included.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SplitMix64.mix(state)
    }

    /// The finaliser on its own: a bijection of 64-bit words.
    public static func mix(_ word: UInt64) -> UInt64 {
        var z = word
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// A seed, and the seeds that are derived from it by name.
public struct Seed: Hashable, Sendable, CustomStringConvertible {
    /// The 64 bits.
    public let rawValue: UInt64

    /// A seed of these 64 bits; every value is valid.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The seed for a part of the work that has a name: the same name gives the same seed, and
    /// different names give unrelated ones.
    public func derived(for name: String) -> Seed {
        var mixed = SplitMix64.mix(rawValue ^ 0x6E69_6C6F_6D65_7465)
        for byte in name.utf8 {
            mixed = SplitMix64.mix(mixed ^ UInt64(byte))
        }
        return Seed(mixed)
    }

    /// The seed for the part of the work that has a number.
    public func derived(for index: Int) -> Seed {
        Seed(SplitMix64.mix(rawValue ^ SplitMix64.mix(UInt64(bitPattern: Int64(index)))))
    }

    /// A generator seeded with it.
    public func generator() -> Xoshiro256StarStar { Xoshiro256StarStar(seed: self) }

    /// The decimal value, as `--seed` takes it back.
    public var description: String { "\(rawValue)" }
}
