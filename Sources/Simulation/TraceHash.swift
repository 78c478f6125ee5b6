/// A digest of every step of a simulation: equal for equal runs, in any process.
///
/// Words are folded in one after the other by the multiply and rotate of wyhash's kind; two runs that
/// differ in a step agree in it with a chance of about 2⁻⁶⁴. Not for cryptography.
public struct TraceHash: Hashable, Sendable, CustomStringConvertible {
    /// The digest so far.
    public private(set) var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The digest of no step.
    public init() {}

    /// Folds in two words. O(1), a multiplication.
    @inlinable
    public mutating func fold(_ first: UInt64, _ second: UInt64) {
        fold((first ^ value) &+ 0xE703_7ED1_A0B4_28DB, times: second ^ 0x8EBC_6AF0_9C88_C6E3)
    }

    @usableFromInline
    mutating func fold(_ left: UInt64, times right: UInt64) {
        let product = left.multipliedFullWidth(by: right)
        // The word itself goes in as well: a product with zero would forget the past.
        value = (product.high ^ product.low) &+ left.rotated(by: 29)
    }

    /// Sixteen hexadecimal digits.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension UInt64 {
    fileprivate func rotated(by bits: UInt64) -> UInt64 { self << bits | self >> (64 - bits) }
}
