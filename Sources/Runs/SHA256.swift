import Foundation

/// The Secure Hash Algorithm with 256 bits (FIPS 180-4), for sums that show whether a file is the
/// one that was written.
///
/// Bytes may be handed over in parts; the digest does not depend on how they were divided.
public struct SHA256: Sendable {
    private var state: InlineArray<8, UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]
    /// The start of a block whose end has not come yet.
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    /// The sum of nothing yet.
    public init() {}

    /// The digest of `bytes`, 32 bytes long.
    public static func digest(of bytes: some Sequence<UInt8>) -> [UInt8] {
        var sum = SHA256()
        sum.add(Array(bytes))
        return sum.digest
    }

    /// The digest of `bytes` as 64 lower-case hexadecimal digits.
    public static func hexadecimal(of bytes: some Sequence<UInt8>) -> String {
        hexadecimal(digest(of: bytes))
    }

    /// `digest` in lower-case hexadecimal digits.
    static func hexadecimal(_ digest: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in digest { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Takes further bytes in.
    ///
    /// - Complexity: O(n).
    public mutating func add(_ bytes: [UInt8]) { add(bytes.span) }

    /// Takes further bytes in.
    ///
    /// - Complexity: O(n).
    public mutating func add(_ bytes: Data) { add(bytes.span) }

    private mutating func add(_ bytes: Span<UInt8>) {
        length += UInt64(bytes.count)
        var position = 0
        if !pending.isEmpty {
            position = min(64 - pending.count, bytes.count)
            for index in 0..<position { pending.append(bytes[index]) }
            guard pending.count == 64 else { return }
            let block = pending
            pending.removeAll(keepingCapacity: true)
            mix(block.span)
        }
        let end = bytes.count - (bytes.count - position) % 64
        mix(bytes.extracting(position..<end))
        for index in end..<bytes.count { pending.append(bytes[index]) }
    }

    /// The digest of what was taken in so far, 32 bytes long.
    public var digest: [UInt8] {
        var copy = self
        let bits = length &* 8
        var padding: [UInt8] = [0x80]
        // A one, zeros, and the length in bits in the last eight bytes of a block.
        while (pending.count + padding.count) % 64 != 56 { padding.append(0) }
        for shift in stride(from: 56, through: 0, by: -8) {
            padding.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        copy.add(padding)
        return copy.state.indices.flatMap { index in
            let word = copy.state[index]
            return stride(from: 24, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: word >> $0)
            }
        }
    }

    /// Mixes whole blocks in.
    private mutating func mix(_ blocks: Span<UInt8>) {
        let constants = SHA256.constants
        var state = state
        var position = 0
        while blocks.count - position >= 64 {
            SHA256.mix(blocks.extracting(position..<position + 64), into: &state, constants.span)
            position += 64
        }
        self.state = state
    }

    private static func mix(
        _ block: Span<UInt8>, into state: inout InlineArray<8, UInt32>,
        _ constants: Span<UInt32>
    ) {
        // With their sizes known here, no access below has to be checked.
        guard block.count == 64, constants.count == 64 else { return }
        // The last sixteen words of the schedule, round and round.
        var words = InlineArray<16, UInt32>(repeating: 0)
        for index in 0..<16 {
            let at = 4 * index
            words[index] =
                UInt32(block[at]) << 24 | UInt32(block[at + 1]) << 16
                | UInt32(block[at + 2]) << 8 | UInt32(block[at + 3])
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        var first = 0
        while first < 64 {
            // Eight rounds, after which each letter is what it was called again.
            mix(words[first & 15] &+ constants[first], a, b, c, &d, e, f, g, &h)
            mix(words[first & 15 | 1] &+ constants[first + 1], h, a, b, &c, d, e, f, &g)
            mix(words[first & 15 | 2] &+ constants[first + 2], g, h, a, &b, c, d, e, &f)
            mix(words[first & 15 | 3] &+ constants[first + 3], f, g, h, &a, b, c, d, &e)
            mix(words[first & 15 | 4] &+ constants[first + 4], e, f, g, &h, a, b, c, &d)
            mix(words[first & 15 | 5] &+ constants[first + 5], d, e, f, &g, h, a, b, &c)
            mix(words[first & 15 | 6] &+ constants[first + 6], c, d, e, &f, g, h, a, &b)
            mix(words[first & 15 | 7] &+ constants[first + 7], b, c, d, &e, f, g, h, &a)
            // Their words are replaced by those of sixteen rounds later.
            if first < 48 {
                for round in first..<first + 8 { extend(&words, round) }
            }
            first += 8
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
        state[5] &+= f
        state[6] &+= g
        state[7] &+= h
    }

    /// One round with `word`, which holds the schedule's and the constant.
    @inline(__always)
    private static func mix(
        _ word: UInt32, _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32,
        _ f: UInt32, _ g: UInt32, _ h: inout UInt32
    ) {
        let large = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        let choice = g ^ (e & (f ^ g))
        let first = h &+ large &+ choice &+ word
        let small = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
        let majority = (a & b) ^ (c & (a ^ b))
        d &+= first
        h = first &+ small &+ majority
    }

    /// Puts the word of `round` in the place of the one sixteen rounds before.
    @inline(__always)
    private static func extend(_ words: inout InlineArray<16, UInt32>, _ round: Int) {
        let early = words[(round + 1) & 15]
        let late = words[(round + 14) & 15]
        let small = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
        let large = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
        words[round & 15] = words[round & 15] &+ small &+ words[(round + 9) & 15] &+ large
    }

    @inline(__always)
    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
