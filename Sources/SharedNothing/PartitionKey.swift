import ShenRing

/// Something by which messages are given to workers: two messages with equal keys go to the same
/// worker.
///
/// Deliberately not `Hashable`: Swift's hashes differ from process to process, and these have to be
/// the same on every machine and in every run.
///
/// Both are asked for in the middle of a send, for which a resize and a stop of the pool wait: they
/// have to return soon, and must not call the pool.
public protocol PartitionKey {
    /// XXH3-64 of the key's bytes, which spreads keys evenly over all 64 bits.
    var partitionHash: UInt64 { get }

    /// A number that grows with the key, for partitioning by ranges: keys in order have numbers in
    /// order, though different keys may share one.
    var partitionOrder: UInt64 { get }
}

extension UInt64: PartitionKey {
    /// XXH3-64 of the 8 bytes, little-endian; about a nanosecond.
    @inlinable public var partitionHash: UInt64 {
        @inline(__always) get { KeyHash.position(of: self) }
    }
    /// The number itself.
    @inlinable public var partitionOrder: UInt64 { self }
}

extension Int: PartitionKey {
    /// That of the 8 bytes of the two's complement.
    @inlinable public var partitionHash: UInt64 {
        @inline(__always) get { KeyHash.position(of: UInt64(bitPattern: Int64(self))) }
    }
    /// The distance from the least number.
    @inlinable public var partitionOrder: UInt64 {
        UInt64(bitPattern: Int64(self)) ^ (1 &<< 63)
    }
}

extension UInt32: PartitionKey {
    /// That of the number as a `UInt64`.
    @inlinable public var partitionHash: UInt64 {
        @inline(__always) get { KeyHash.position(of: UInt64(self)) }
    }
    /// The number itself.
    @inlinable public var partitionOrder: UInt64 { UInt64(self) }
}

extension String: PartitionKey {
    /// XXH3-64 of the UTF-8 bytes; nothing is normalised.
    public var partitionHash: UInt64 { KeyHash.position(of: self) }

    /// The first 8 bytes of UTF-8, the first one highest, filled up with zeros: the order of
    /// Unicode scalars, in which strings with 8 bytes in common count as one.
    public var partitionOrder: UInt64 { utf8.bigEndianPrefix }
}

extension Array: PartitionKey where Element == UInt8 {
    /// XXH3-64 of the bytes.
    public var partitionHash: UInt64 {
        // Sound: the bytes are only read, while the closure keeps them alive.
        unsafe withUnsafeBytes { bytes in unsafe KeyHash.position(of: bytes) }
    }

    /// The first 8 bytes as of a string.
    public var partitionOrder: UInt64 { bigEndianPrefix }
}

extension Sequence where Element == UInt8 {
    fileprivate var bigEndianPrefix: UInt64 {
        var order: UInt64 = 0
        var shift: UInt64 = 64
        for byte in self {
            shift -= 8
            order |= UInt64(byte) << shift
            if shift == 0 { break }
        }
        return order
    }
}

/// A key worked out: what a partitioner may go by.
@frozen
public struct KeyPlace: PartitionKey, Hashable, Sendable {
    /// See `PartitionKey`.
    public let partitionHash: UInt64
    /// See `PartitionKey`.
    public let partitionOrder: UInt64

    /// Memberwise.
    @inlinable
    public init(partitionHash: UInt64, partitionOrder: UInt64) {
        self.partitionHash = partitionHash
        self.partitionOrder = partitionOrder
    }

    /// That of `key`.
    @inlinable
    public init<Key: PartitionKey>(_ key: Key) {
        self.init(partitionHash: key.partitionHash, partitionOrder: key.partitionOrder)
    }
}
