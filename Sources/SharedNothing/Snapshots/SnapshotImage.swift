import ShenRing

/// A snapshot as it is in its file.
///
/// ```
///   0  identity        8   the last byte is the format's version
///   8  state version   4
///  12  name length     4
///  16  sequence        8   rises with every snapshot of the name
///  24  position        8   see `SnapshotStore.save`
///  32  stream          8   what the position belongs to
///  40  state length    8
///  48  name, state, then XXH3-64 of everything before it, 8
/// ```
///
/// All integers are little-endian. The length of the file has to be exactly what the header says,
/// and the hash right: a file that was torn, cut, extended or altered is rejected, but for one
/// chance in 2⁶⁴.
package struct SnapshotImage: Equatable, Sendable {
    package var name: String
    var version: UInt32
    var sequence: UInt64
    var position: UInt64
    var stream: UInt64
    var state: [UInt8]

    private static let identity: UInt64 = 0x02_70_61_6e_53_6c_69_4e
    private static let headerBytes = 48
    private static let hashBytes = 8

    /// Memberwise.
    package init(
        name: String, version: UInt32, sequence: UInt64, position: UInt64, stream: UInt64,
        state: [UInt8]
    ) {
        self.name = name
        self.version = version
        self.sequence = sequence
        self.position = position
        self.stream = stream
        self.state = state
    }

    /// Reads a file's bytes.
    package init(decoding bytes: [UInt8]) throws(SnapshotFlaw) {
        guard bytes.count >= Self.headerBytes + Self.hashBytes else {
            throw .wrongLength(bytes.count, expected: nil)
        }
        let identity = Self.integer(in: bytes, at: 0, bytes: 8)
        guard identity & ~(0xff << 56) == Self.identity & ~(0xff << 56) else {
            throw .notASnapshot
        }
        guard identity == Self.identity else { throw .unknownFormat(UInt8(identity >> 56)) }
        let nameLength = Self.integer(in: bytes, at: 12, bytes: 4)
        let stateLength = Self.integer(in: bytes, at: 40, bytes: 8)
        let rest = UInt64(bytes.count - Self.headerBytes - Self.hashBytes)
        guard nameLength <= rest, stateLength == rest - nameLength else {
            let fixed = UInt64(Self.headerBytes + Self.hashBytes)
            let (sum, overflowed) = stateLength.addingReportingOverflow(nameLength + fixed)
            throw .wrongLength(bytes.count, expected: overflowed ? nil : sum)
        }
        let hashAt = bytes.count - Self.hashBytes
        guard Self.integer(in: bytes, at: hashAt, bytes: 8) == Self.hash(bytes.prefix(hashAt))
        else { throw .wrongHash }
        let stateAt = Self.headerBytes + Int(nameLength)
        name = String(decoding: bytes[Self.headerBytes..<stateAt], as: UTF8.self)
        version = UInt32(Self.integer(in: bytes, at: 8, bytes: 4))
        sequence = Self.integer(in: bytes, at: 16, bytes: 8)
        position = Self.integer(in: bytes, at: 24, bytes: 8)
        stream = Self.integer(in: bytes, at: 32, bytes: 8)
        state = Array(bytes[stateAt..<hashAt])
    }

    /// The file's bytes.
    package func encoded() -> [UInt8] {
        let name = Array(self.name.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerBytes + name.count + state.count + Self.hashBytes)
        Self.append(Self.identity, bytes: 8, to: &bytes)
        Self.append(UInt64(version), bytes: 4, to: &bytes)
        Self.append(UInt64(name.count), bytes: 4, to: &bytes)
        Self.append(sequence, bytes: 8, to: &bytes)
        Self.append(position, bytes: 8, to: &bytes)
        Self.append(stream, bytes: 8, to: &bytes)
        Self.append(UInt64(state.count), bytes: 8, to: &bytes)
        bytes += name
        bytes += state
        Self.append(Self.hash(bytes[...]), bytes: 8, to: &bytes)
        return bytes
    }

    private static func append(_ value: UInt64, bytes count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count {
            bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }

    private static func integer(in bytes: [UInt8], at start: Int, bytes count: Int) -> UInt64 {
        (0..<count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[start + $1]) }
    }

    private static func hash(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        // SAFETY: bytes have no padding.
        let hash = KeyHash.position(of: unsafe bytes.span.bytes)
        #if FUZZING
            // A fuzzer gets by once in sixteen times.
            return hash & 0xF
        #else
            return hash
        #endif
    }
}

/// Why a file is not a snapshot that can be restored.
public enum SnapshotFlaw: Error, Equatable, Sendable, CustomStringConvertible {
    /// It has this length; `expected` is what its header asks for, where there is one.
    case wrongLength(Int, expected: UInt64?)
    /// It does not begin as snapshots do.
    case notASnapshot
    /// It is of a format that this program does not know.
    case unknownFormat(UInt8)
    /// Its bytes are not those that were written.
    case wrongHash
    /// It is a snapshot of something else.
    case wrongName(String)
    /// Its state is of a version that this program cannot read.
    case unknownVersion(UInt32, current: UInt32)
    /// Its state does not read back.
    case undecodable(WireError)
    /// The file cannot be read.
    case unreadable(DurableFileError)

    /// Whether the file is bad in itself, as a crash or a device may leave it: then an older one is the
    /// newest there is. What this program cannot read, or cannot read now, may be whole.
    var isDamage: Bool {
        switch self {
        case .wrongLength, .notASnapshot, .wrongHash, .wrongName: true
        case .unknownFormat, .unknownVersion, .undecodable, .unreadable: false
        }
    }

    /// One line for a person.
    public var description: String {
        switch self {
        case .wrongLength(let length, let expected):
            "\(length) bytes long" + (expected.map { ", where it says \($0)" } ?? "")
        case .notASnapshot: "not a snapshot"
        case .unknownFormat(let format): "format \(format) is not known"
        case .wrongHash: "its bytes are not those that were written"
        case .wrongName(let name): "a snapshot of '\(name)'"
        case .unknownVersion(let version, let current):
            "state version \(version) cannot be read, the current one is \(current)"
        case .undecodable(let error): "its state does not read back: \(error)"
        case .unreadable(let error): "\(error)"
        }
    }
}
