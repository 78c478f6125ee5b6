/// Something that says which node owns a key.
///
/// The ring conforms, and so do the algorithms that it is compared with: one measured loop, generic
/// over the locator, runs them all. Use it as a generic constraint, never as an existential.
public protocol KeyLocator: ~Copyable {
    /// The number of the node that owns the position `hash`; below the number of nodes.
    borrowing func owner(ofHash hash: UInt64) -> UInt32

    /// Writes the owner of each 8-byte key to the same place in `owners`.
    ///
    /// `owners` must be at least as long as `keys`; what lies beyond is left as it was.
    borrowing func owners(ofKeys keys: Span<UInt64>, into owners: inout MutableSpan<UInt32>)
}

extension KeyLocator where Self: ~Copyable {
    /// The number of the node that owns an 8-byte key (its bytes in little-endian order).
    @inlinable @inline(__always)
    public borrowing func owner(ofKey key: UInt64) -> UInt32 {
        owner(ofHash: KeyHash.position(of: key))
    }

    /// One lookup after the other: for locators that gain nothing from seeing many keys at once.
    @inlinable
    public borrowing func owners(
        ofKeys keys: Span<UInt64>, into owners: inout MutableSpan<UInt32>
    ) {
        precondition(owners.count >= keys.count, "\(owners.count) places, \(keys.count) keys")
        for index in keys.indices {
            owners[index] = owner(ofKey: keys[index])
        }
    }

    /// The number of the node that owns a key of any bytes.
    @inlinable
    public borrowing func owner(ofKey key: RawSpan) -> UInt32 {
        owner(ofHash: KeyHash.position(of: key))
    }

    /// The number of the node that owns a key of any bytes.
    @inlinable
    public borrowing func owner(ofKey key: UnsafeRawBufferPointer) -> UInt32 {
        unsafe owner(ofHash: KeyHash.position(of: key))
    }

    /// The number of the node that owns the UTF-8 bytes of `key`.
    @inlinable
    public borrowing func owner(ofKey key: String) -> UInt32 {
        owner(ofHash: KeyHash.position(of: key))
    }
}
