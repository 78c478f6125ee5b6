/// Fields of a Protocol Buffers message, as far as a few messages of etcd need them ("Protocol Buffers
/// Encoding": varints and strings of bytes).
struct ProtobufFields {
    /// The message so far.
    private(set) var bytes: [UInt8] = []

    /// A message with these strings of bytes, by their numbers.
    init(_ strings: [(number: UInt64, bytes: [UInt8])] = []) {
        for (number, value) in strings {
            appendVarint(number << 3 | 2)
            appendVarint(UInt64(value.count))
            bytes += value
        }
    }

    /// Appends a number.
    mutating func append(_ number: UInt64, _ value: UInt64) {
        appendVarint(number << 3)
        appendVarint(value)
    }

    private mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads a message field by field; nil where it is cut off or says what no message can.
struct ProtobufReader {
    /// A field's value.
    enum Value {
        case number(UInt64)
        case string(Range<Int>)
    }

    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    /// The message that lies in this part of `bytes`.
    init(_ bytes: [UInt8], in part: Range<Int>) {
        self.bytes = bytes
        (position, end) = (part.lowerBound, part.upperBound)
    }

    /// The next field with its number; nil at the end, and where there is none.
    mutating func next() -> (number: UInt64, value: Value)? {
        guard position < end, let key = varint() else { return nil }
        switch key & 7 {
        case 0: return varint().map { (key >> 3, .number($0)) }
        case 2:
            guard let length = varint(), length <= UInt64(end - position) else { return nil }
            defer { position += Int(length) }
            return (key >> 3, .string(position..<(position + Int(length))))
        default: return nil
        }
    }

    /// The value of the first field of this number.
    mutating func first(_ number: UInt64) -> Value? {
        while let field = next() {
            if field.number == number { return field.value }
        }
        return nil
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < end else { return nil }
            defer { position += 1 }
            value |= UInt64(bytes[position] & 0x7F) << shift
            if bytes[position] < 0x80 { return value }
        }
        return nil
    }
}

extension ProtobufReader.Value {
    /// The number that it is.
    var number: UInt64? { if case .number(let number) = self { number } else { nil } }

    /// Where the string that it is lies.
    var part: Range<Int>? { if case .string(let part) = self { part } else { nil } }
}
