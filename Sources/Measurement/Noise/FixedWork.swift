import CNilometerShims

/// Two loops of a fixed amount of work, which tell a slower clock from a shared core.
enum FixedWork {
    /// Steps of ``chain(_:)`` in a chunk: some microseconds.
    static let chainSteps = 4096
    /// Steps of ``wide(_:)`` in a chunk: some microseconds.
    static let wideSteps = 2048

    /// Multiplications that each need the one before: what counts is their latency in cycles. A
    /// neighbour on the core's other hardware thread hardly slows it; a slower clock does.
    @inline(never)
    static func chain(_ seed: UInt64) -> UInt64 {
        var value = seed
        for _ in 0..<chainSteps {
            value = nilometer_opaque(value &* 6_364_136_223_846_793_005 &+ 1)
        }
        return value
    }

    /// Eight independent chains of additions and exclusive ors: as many instructions a cycle as the
    /// core can issue, of which a busy neighbour on the other hardware thread takes its share.
    @inline(never)
    static func wide(_ seed: UInt64) -> UInt64 {
        var (a, b, c, d) = (seed, seed &+ 1, seed &+ 2, seed &+ 3)
        var (e, f, g, h) = (seed &+ 4, seed &+ 5, seed &+ 6, seed &+ 7)
        for _ in 0..<wideSteps {
            a = nilometer_opaque((a &+ 0x11) ^ 0x55)
            b = nilometer_opaque((b &+ 0x13) ^ 0x35)
            c = nilometer_opaque((c &+ 0x17) ^ 0x53)
            d = nilometer_opaque((d &+ 0x19) ^ 0x15)
            e = nilometer_opaque((e &+ 0x1D) ^ 0x51)
            f = nilometer_opaque((f &+ 0x1F) ^ 0x25)
            g = nilometer_opaque((g &+ 0x23) ^ 0x52)
            h = nilometer_opaque((h &+ 0x29) ^ 0x33)
        }
        return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h
    }
}
