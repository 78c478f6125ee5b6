/// A message that can leave its process: it says how many bytes it takes, writes them, and reads
/// them back.
///
/// What one process writes another reads on the same machine, by the same program: there is no
/// version. `encode` writes exactly `wireByteCount` bytes. `init(decoding:)` gets bytes that a
/// process wrote which may have gone mad, and throws for what it does not understand; it must not
/// trap on any bytes.
public protocol WireMessage: Sendable {
    /// How many bytes `encode` writes; not negative.
    var wireByteCount: Int { get }

    /// Writes the message.
    func encode(into output: inout OutputRawSpan)

    /// Reads a message that these bytes are, all of them.
    init(decoding bytes: RawSpan) throws(WireError)
}

/// Why bytes are no message.
public enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Bytes `offset..<offset + count` were asked for.
    case outOfBounds(offset: Int, count: Int, byteCount: Int)
    /// The message has another length.
    case wrongLength(Int, expected: Int)
    /// The bytes are no UTF-8 text.
    case notText
    /// The value means nothing, for the given reason.
    case meaningless(String)

    /// One line for a person.
    public var description: String {
        switch self {
        case .outOfBounds(let offset, let count, let byteCount):
            "\(count) bytes at \(offset) of a message of \(byteCount)"
        case .wrongLength(let length, let expected): "\(length) bytes, expected \(expected)"
        case .notText: "not UTF-8"
        case .meaningless(let reason): reason
        }
    }
}

extension RawSpan {
    /// The little-endian integer at `offset`, which needs no alignment.
    public func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Integer.Type = Integer.self
    ) throws(WireError) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard offset >= 0, offset <= byteCount - size else {
            throw .outOfBounds(offset: offset, count: size, byteCount: byteCount)
        }
        // SAFETY: inside the span, as was just checked; every pattern of bits is an integer.
        return Integer(
            littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    /// A copy of the bytes `range`.
    public func copy(_ range: Range<Int>) throws(WireError) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= byteCount else {
            throw .outOfBounds(
                offset: range.lowerBound, count: range.count, byteCount: byteCount)
        }
        let part = extracting(range)
        // SAFETY: the bytes are copied while the span keeps them alive.
        return unsafe part.withUnsafeBytes { unsafe Array($0) }
    }

    /// The text that the bytes `range` are in UTF-8.
    public func text(_ range: Range<Int>) throws(WireError) -> String {
        guard let text = String(validating: try copy(range), as: UTF8.self) else {
            throw .notText
        }
        return text
    }
}

extension OutputRawSpan {
    /// Appends the integer in little-endian order.
    public mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(
        littleEndian value: Integer
    ) {
        // SAFETY: integers have no padding; the span checks its bounds.
        unsafe append(value.littleEndian, as: Integer.self)
    }

    /// Appends the bytes.
    public mutating func append(contentsOf bytes: RawSpan) {
        var offset = 0
        while bytes.byteCount - offset >= 8 {
            // SAFETY: eight bytes are left; what is appended has no padding.
            unsafe append(
                bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self),
                as: UInt64.self)
            offset += 8
        }
        while offset < bytes.byteCount {
            // SAFETY: a byte is left.
            append(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
            offset += 1
        }
    }
}

extension UInt64: WireMessage {
    /// 8.
    public var wireByteCount: Int { 8 }

    /// Its bytes in little-endian order.
    public func encode(into output: inout OutputRawSpan) { output.append(littleEndian: self) }

    /// The integer that 8 bytes are.
    public init(decoding bytes: RawSpan) throws(WireError) {
        guard bytes.byteCount == 8 else { throw .wrongLength(bytes.byteCount, expected: 8) }
        self = try bytes.integer(at: 0)
    }
}

extension [UInt8]: WireMessage {
    /// Their number.
    public var wireByteCount: Int { count }

    /// The bytes as they are.
    public func encode(into output: inout OutputRawSpan) {
        // SAFETY: bytes have no padding.
        output.append(contentsOf: unsafe span.bytes)
    }

    /// The bytes as they are.
    public init(decoding bytes: RawSpan) throws(WireError) {
        self = try bytes.copy(0..<bytes.byteCount)
    }
}

extension String: WireMessage {
    /// The number of its UTF-8 bytes.
    public var wireByteCount: Int { utf8.count }

    /// Its UTF-8 bytes.
    public func encode(into output: inout OutputRawSpan) {
        Array(utf8).encode(into: &output)
    }

    /// The text, which has to be UTF-8.
    public init(decoding bytes: RawSpan) throws(WireError) {
        self = try bytes.text(0..<bytes.byteCount)
    }
}
