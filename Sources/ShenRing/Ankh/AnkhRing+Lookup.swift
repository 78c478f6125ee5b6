extension AnkhRing: KeyLocator {
    /// The number of the member that owns the position `hash`: the index into `members` of the
    /// first point at or after it, clockwise.
    ///
    /// - Complexity: constant, expected over hashes; no allocation, no lock, no reference count.
    @inlinable @inline(__always)
    public borrowing func owner(ofHash hash: UInt64) -> UInt32 {
        table.owner(ofHash: hash)
    }

    /// Writes the owner of each 8-byte key to the same place in `owners`, 16 keys at a time.
    ///
    /// Each block hashes its keys and asks for their lines first and decides afterwards, so that
    /// the cache misses of 16 lookups overlap: one lookup after the other, only as many are under
    /// way as fit into the core's window.
    ///
    /// `owners` must be at least as long as `keys`; what lies beyond is left as it was.
    @inlinable
    public borrowing func owners(
        ofKeys keys: Span<UInt64>, into owners: inout MutableSpan<UInt32>
    ) {
        precondition(owners.count >= keys.count, "\(owners.count) places, \(keys.count) keys")
        var start = 0
        while keys.count &- start >= 16 {
            table.decideBlock(of: keys, from: start, into: &owners)
            start &+= 16
        }
        while start < keys.count {
            owners[start] = owner(ofKey: keys[start])
            start &+= 1
        }
    }
}

extension LookupTable {
    /// The owners of the 16 keys from `start` on.
    ///
    /// - Precondition: both spans reach 16 beyond `start`; the caller has checked it.
    @inlinable @inline(__always)
    func decideBlock(
        of keys: Span<UInt64>, from start: Int, into owners: inout MutableSpan<UInt32>
    ) {
        var hashes = InlineArray<16, UInt64>(repeating: 0)
        // Sound: `offset` is below 16 and the caller has checked that both spans reach that far
        // beyond `start`.
        for offset in 0..<16 {
            let hash = KeyHash.position(of: unsafe keys[unchecked: start &+ offset])
            prefetch(hash)
            unsafe hashes[unchecked: offset] = hash
        }
        for offset in 0..<16 {
            unsafe owners[unchecked: start &+ offset] = owner(
                ofHash: hashes[unchecked: offset])
        }
    }
}
