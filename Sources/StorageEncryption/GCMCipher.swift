import Crypto
import FoundationEssentials
import Storage

/// AES-256 in Galois/counter mode (NIST SP 800-38D), by swift-crypto, with a key of its own for each
/// salt and a counter for the nonce.
///
///     options.cipher = GCMCipher(key)
///
/// GCM breaks when a nonce is used twice under a key. Here a key belongs to one salt of 128 random
/// bits, which a store takes anew for everything that it begins to write, and counts under it.
public struct GCMCipher: RecordCipher, CustomStringConvertible {
    private let key: StorageKey

    /// Encryption under `key`.
    public init(_ key: StorageKey) { self.key = key }

    /// 1: AES-256-GCM with keys by HKDF-SHA-256.
    public var algorithm: UInt32 { 1 }

    /// That of the key.
    public var keyIdentifier: KeyIdentifier { key.identifier }

    /// The algorithm and the key's identifier, never the key.
    public var description: String { "AES-256-GCM, \(key)" }

    /// Encryption under the key that belongs to `salt`. A few microseconds.
    public func session(salt: CipherSalt) -> any CipherSession {
        GCMSession(key: key.derived(for: salt))
    }
}

/// Encryption under one derived key.
private struct GCMSession: CipherSession {
    let key: SymmetricKey

    func seal(
        _ content: inout MutableSpan<UInt8>, counter: UInt64, context: Span<UInt8>
    ) -> CipherTag {
        do {
            // All spans are valid for the call, which copies what it returns.
            let box = try unsafe content.withUnsafeMutableBytes { content in
                try unsafe context.withUnsafeBytes { context in
                    try unsafe AES.GCM.seal(
                        UnsafeRawBufferPointer(content), using: key,
                        nonce: GCMSession.nonce(counter),
                        authenticating: UnsafeRawBufferPointer(context))
                }
            }
            unsafe content.withUnsafeMutableBytes { content in
                _ = unsafe box.ciphertext.copyBytes(to: content)
            }
            return GCMSession.tag(box.tag)
        } catch {
            // Only sizes that no call has are refused.
            preconditionFailure("AES-GCM refuses to encrypt: \(error)")
        }
    }

    func open(
        _ content: inout MutableSpan<UInt8>, counter: UInt64, tag: CipherTag, context: Span<UInt8>
    ) -> Bool {
        do {
            // All spans are valid for the call, which copies what it returns.
            let plain = try unsafe content.withUnsafeMutableBytes { content in
                try unsafe context.withUnsafeBytes { context in
                    let box = try unsafe AES.GCM.SealedBox(
                        nonce: GCMSession.nonce(counter),
                        ciphertext: UnsafeRawBufferPointer(content), tag: GCMSession.bytes(tag))
                    return try unsafe AES.GCM.open(
                        box, using: key, authenticating: UnsafeRawBufferPointer(context))
                }
            }
            unsafe content.withUnsafeMutableBytes { content in
                _ = unsafe plain.copyBytes(to: content)
            }
            return true
        } catch {
            return false
        }
    }

    /// 96 bits: the counter, and 32 that are zero.
    private static func nonce(_ counter: UInt64) throws -> AES.GCM.Nonce {
        try AES.GCM.Nonce(data: littleEndian([counter]) + Data(count: 4))
    }

    private static func bytes(_ tag: CipherTag) -> Data { littleEndian([tag.low, tag.high]) }

    private static func tag(_ bytes: Data) -> CipherTag {
        var words: [UInt64] = [0, 0]
        for (index, byte) in bytes.enumerated() {
            words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
        }
        return CipherTag(low: words[0], high: words[1])
    }

    private static func littleEndian(_ words: [UInt64]) -> Data {
        var bytes = Data(capacity: words.count * 8)
        for word in words {
            for shift in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift)))
            }
        }
        return bytes
    }
}
