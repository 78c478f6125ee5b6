import Crypto
import FoundationEssentials
import Storage

/// A key that a store is encrypted under: 256 bits, which are never printed.
///
/// Its bytes are used for nothing but deriving others (HKDF-SHA-256, RFC 5869): the identifier that
/// stores keep in the clear, and a key for each salt.
public struct StorageKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// How many bytes a key has.
    public static let size = 32

    private let secret: SymmetricKey
    /// What tells this key from others, as stores keep it; it does not help to find the key.
    public let identifier: KeyIdentifier

    /// A new random key, from the system's generator.
    public init() { self.init(SymmetricKey(size: .bits256)) }

    /// The key of the given bytes, which must be as hard to guess as random ones; `nil` unless there
    /// are 32.
    public init?(bytes: Span<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        // The span is valid for the call, which copies the bytes.
        self.init(
            unsafe bytes.withUnsafeBytes { unsafe SymmetricKey(data: $0) })
    }

    private init(_ secret: SymmetricKey) {
        self.secret = secret
        let identifier = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: Data("nilometer storage key identifier".utf8),
            outputByteCount: 16)
        // The derived bytes are valid for the call.
        self.identifier = unsafe identifier.withUnsafeBytes { bytes in
            unsafe KeyIdentifier(
                low: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
                high: UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// The key that belongs to a salt.
    func derived(for salt: CipherSalt) -> SymmetricKey {
        var bytes = Data()
        for word in [salt.low, salt.high] {
            for shift in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift)))
            }
        }
        return HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, salt: bytes,
            info: Data("nilometer storage AES-256-GCM".utf8), outputByteCount: Self.size)
    }

    /// Lets `body` read the key's bytes, to keep them where they are safe.
    public func withBytes<Value>(_ body: (Span<UInt8>) throws -> Value) rethrows -> Value {
        // The bytes are valid for the call, and the span cannot leave it.
        try unsafe secret.withUnsafeBytes { bytes in
            let start = unsafe bytes.bindMemory(to: UInt8.self)
            return try body(unsafe Span(_unsafeElements: start))
        }
    }

    /// The identifier, never the key.
    public var description: String { "key \(identifier)" }

    /// The identifier, never the key.
    public var debugDescription: String { description }

    /// The identifier, never the key.
    public var customMirror: Mirror { Mirror(self, children: ["identifier": identifier]) }
}
