import CXXHash

/// What stands before a frame's payload: 32 bytes, little-endian.
///
/// | bytes | field |
/// | --- | --- |
/// | 0–3 | bytes of payload that follow |
/// | 4 | version of the format, ``version`` |
/// | 5 | kind, the application's |
/// | 6–7 | flags, the application's |
/// | 8–15 | correlation: what an answer is matched with its request by |
/// | 16–23 | cluster: frames of another one are refused |
/// | 24–27 | checksum |
/// | 28–31 | reserved, zero |
///
/// The checksum is the low half of the XXH3-64 of the payload, seeded with the XXH3-64 of the
/// header whose checksum is zero: one pass over either, without the state that hashing in parts
/// needs. It finds what a defect of hardware or software did to a frame; it does not keep anybody
/// from forging one.
public struct FrameHeader: Hashable, Sendable {
    /// The bytes of a header.
    public static let size = 32
    /// The version of the format that this code speaks.
    public static let version: UInt8 = 1

    /// Bytes of payload.
    public let length: UInt32
    /// What the payload is, in the application's own numbers.
    public let kind: UInt8
    /// What else the application says of it.
    public let flags: UInt16
    /// What an answer is matched with its request by.
    public let correlation: UInt64

    /// A header of `length` bytes of payload.
    public init(kind: UInt8, flags: UInt16 = 0, correlation: UInt64 = 0, length: Int) {
        precondition(
            length >= 0 && length <= Int(UInt32.max), "a frame's payload of \(length) bytes")
        self.length = UInt32(length)
        self.kind = kind
        self.flags = flags
        self.correlation = correlation
    }

    /// A frame as it stands on the wire, for whoever speaks to a loop without one.
    public static func frame(
        kind: UInt8, flags: UInt16 = 0, correlation: UInt64 = 0, _ payload: Bytes,
        for cluster: ClusterTag
    ) -> [UInt8] {
        let header = FrameHeader(
            kind: kind, flags: flags, correlation: correlation, length: payload.count)
        var bytes = [UInt8](repeating: 0, count: header.frameSize)
        for index in payload.indices { bytes[size + index] = payload[index] }
        // SAFETY: the array has room for the header, and the payload stands behind it.
        unsafe bytes.withUnsafeMutableBytes {
            if let base = $0.baseAddress { unsafe header.write(to: base, cluster: cluster) }
        }
        return bytes
    }

    /// The bytes of the whole frame.
    public var frameSize: Int { Self.size + Int(length) }
}

/// A header as it stands in bytes.
extension FrameHeader {
    /// A header as it was received, of which only the numbers are known: whether it is one is for
    /// ``accept(_:)`` to say.
    struct Received {
        let header: FrameHeader
        let version: UInt8
        let cluster: UInt64
        let checksum: UInt32
        let reserved: UInt32

        /// Reads the ``FrameHeader/size`` bytes at `bytes`.
        init(_ bytes: UnsafeRawPointer) {
            // SAFETY: the caller has as many bytes there; nothing is asked of their alignment.
            unsafe header = FrameHeader(
                kind: bytes.load(fromByteOffset: 5, as: UInt8.self),
                flags: bytes.number(at: 6), correlation: bytes.number(at: 8),
                length: Int(bytes.number(at: 0) as UInt32))
            version = unsafe bytes.load(fromByteOffset: 4, as: UInt8.self)
            cluster = unsafe bytes.number(at: 16)
            checksum = unsafe bytes.number(at: 24)
            reserved = unsafe bytes.number(at: 28)
        }

        /// Refuses what is no header of a frame for `cluster` within `limits`.
        func check(_ limits: FrameLimits, cluster wanted: ClusterTag) throws(FrameError) {
            guard version == FrameHeader.version else { throw .version(version) }
            guard cluster == wanted.rawValue else {
                throw .cluster(ClusterTag(cluster), expected: wanted)
            }
            guard Int(header.length) <= limits.maximumPayload else {
                throw .tooLong(announced: Int(header.length), limit: limits.maximumPayload)
            }
            guard reserved == 0 else { throw .reserved(reserved) }
        }

        /// Refuses a frame that is not the one that was sent; its payload is at `payload`.
        func checkSum(_ payload: UnsafeRawPointer) throws(FrameError) {
            // SAFETY: by the caller the payload is there as a whole.
            let found = unsafe FrameHeader.checksum(
                header.bytes(cluster: ClusterTag(cluster)), payload, Int(header.length))
            guard found == checksum else { throw .checksum(found, announced: checksum) }
        }
    }

    /// The four words of a header whose checksum is zero.
    private typealias Words = (UInt64, UInt64, UInt64, UInt64)

    private func bytes(cluster: ClusterTag) -> Words {
        let first =
            UInt64(length) | UInt64(Self.version) << 32 | UInt64(kind) << 40 | UInt64(flags) << 48
        return (
            first.littleEndian, correlation.littleEndian, cluster.rawValue.littleEndian, 0
        )
    }

    private static func checksum(
        _ words: Words, _ payload: UnsafeRawPointer, _ count: Int
    ) -> UInt32 {
        // SAFETY: the words outlive the call; by the caller there are `count` bytes at `payload`.
        unsafe withUnsafeBytes(of: words) {
            let seed = unsafe XXH3_64bits($0.baseAddress, $0.count)
            let hash = unsafe XXH3_64bits_withSeed(payload, count, seed)
            #if FUZZING
                // A fuzzer gets by once in sixteen times.
                return UInt32(hash & 0xF)
            #else
                return UInt32(truncatingIfNeeded: hash)
            #endif
        }
    }

    /// Writes the header to `place`, where ``size`` bytes are, for the payload that stands behind
    /// it.
    func write(to place: UnsafeMutableRawPointer, cluster: ClusterTag) {
        var words = bytes(cluster: cluster)
        // SAFETY: by the caller the frame's bytes are there.
        let sum = unsafe Self.checksum(words, place + Self.size, Int(length))
        words.3 = UInt64(sum).littleEndian
        unsafe place.copyMemory(from: &words, byteCount: Self.size)
    }
}

extension UnsafeRawPointer {
    /// The little-endian number at an offset.
    @inline(__always)
    fileprivate func number<Number: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int
    ) -> Number {
        // SAFETY: the caller names an offset within a header's bytes.
        unsafe Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
