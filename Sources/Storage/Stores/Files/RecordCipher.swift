/// Encryption of what a store writes: its records, pages or parts, each on its own.
///
/// `StorageEncryption` has an implementation; the stores know only this. A store never encrypts two
/// contents under the same key and nonce: it takes a new random salt whenever it begins something
/// that it alone writes (a segment, an opening of a block store, an object), the cipher derives a
/// key of its own from each salt, and under one salt the store counts up without ever going back,
/// not even when a write fails. Nothing of this has to survive a crash, and copies of a store that
/// go their own ways do not meet.
public protocol RecordCipher: Sendable {
    /// Which algorithm it is, as files name it; never 0, which stands for none.
    var algorithm: UInt32 { get }

    /// What tells the key from others. It is stored in the clear, so it must not help to find the
    /// key.
    var keyIdentifier: KeyIdentifier { get }

    /// The encryption under the key that belongs to `salt`.
    func session(salt: CipherSalt) -> any CipherSession
}

/// Encryption under the key of one salt. Any thread may use it at any time.
public protocol CipherSession: Sendable {
    /// Encrypts `content` in place and returns the tag that authenticates it and `context`.
    ///
    /// - Parameters:
    ///   - counter: The nonce; no two calls of all sessions of a salt may have the same.
    ///   - context: What is not encrypted and must be the same on opening, such as the place.
    func seal(
        _ content: inout MutableSpan<UInt8>, counter: UInt64, context: Span<UInt8>
    ) -> CipherTag

    /// Decrypts `content` in place; `false`, with the content of no use, when content, counter,
    /// tag and context are not those of a call of `seal` under the same key.
    func open(
        _ content: inout MutableSpan<UInt8>, counter: UInt64, tag: CipherTag, context: Span<UInt8>
    ) -> Bool
}

/// What tells a key from others, without saying anything about it.
public struct KeyIdentifier: Hashable, Sendable, CustomStringConvertible {
    /// The first 8 of its 16 bytes, little-endian.
    public let low: UInt64
    /// The last 8 of its 16 bytes, little-endian.
    public let high: UInt64

    /// The identifier of the given 16 bytes.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// 32 hexadecimal digits; those of an identifier that is all zero stand for no key.
    public var description: String {
        self == .none ? "none" : hexadecimal(high) + hexadecimal(low)
    }

    /// That of a store that is not encrypted.
    public static let none = KeyIdentifier(low: 0, high: 0)
}

/// 16 random bytes that a key is derived with.
public struct CipherSalt: Hashable, Sendable {
    /// The first 8 of its 16 bytes, little-endian.
    public let low: UInt64
    /// The last 8 of its 16 bytes, little-endian.
    public let high: UInt64

    /// The salt of the given 16 bytes.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// A salt that was never used before.
    static func random() -> CipherSalt {
        let random = StoreIdentity.random()
        return CipherSalt(low: random.low, high: random.high)
    }

    /// That of what is not encrypted.
    static let none = CipherSalt(low: 0, high: 0)
}

/// 16 bytes that authenticate what was encrypted.
public struct CipherTag: Hashable, Sendable {
    /// How many bytes it takes in a file.
    static let size = 16

    /// The first 8 of its 16 bytes, little-endian.
    public let low: UInt64
    /// The last 8 of its 16 bytes, little-endian.
    public let high: UInt64

    /// The tag of the given 16 bytes.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// That of what is not encrypted.
    static let none = CipherTag(low: 0, high: 0)
}
