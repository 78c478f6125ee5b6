import CCrypto
import Foundation

/// The Secure Hash Algorithm with 256 bits (FIPS 180-4), for sums that show whether a file is the
/// one that was written; by OpenSSL, which takes the processor's own instructions for it.
///
/// Bytes may be handed over in parts; the digest does not depend on how they were divided. One thread
/// at a time; the next may go on with it.
@safe public struct SHA256: ~Copyable, @unchecked Sendable {
    // Sendable because the state is this value's own, which is not copied.
    private let state: OpaquePointer

    /// The sum of nothing yet.
    public init() {
        guard let made = unsafe EVP_MD_CTX_new(),
            unsafe EVP_DigestInit_ex(made, EVP_sha256(), nil) == 1
        else { fatalError("OpenSSL has no SHA-256: it is out of memory, or allows no digests") }
        unsafe state = made
    }

    deinit { unsafe EVP_MD_CTX_free(state) }

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
        // SAFETY: the buffer is read in the call alone.
        let result = unsafe bytes.withUnsafeBytes {
            unsafe EVP_DigestUpdate(state, $0.baseAddress, $0.count)
        }
        precondition(result == 1, "OpenSSL refused \(bytes.count) bytes")
    }

    /// The digest of all bytes so far, 32 bytes long. More may be added afterwards.
    public var digest: [UInt8] {
        guard let copy = unsafe EVP_MD_CTX_new(), unsafe EVP_MD_CTX_copy_ex(copy, state) == 1 else {
            fatalError("OpenSSL is out of memory")
        }
        defer { unsafe EVP_MD_CTX_free(copy) }
        return unsafe [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            // SAFETY: SHA-256 writes 32 bytes, for which there is room.
            let result = unsafe EVP_DigestFinal_ex(copy, buffer.baseAddress, nil)
            precondition(result == 1, "OpenSSL refused to finish a digest")
            count = 32
        }
    }
}
