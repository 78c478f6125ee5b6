/// Numbers in files are little-endian, whatever the machine is.
extension [UInt8] {
    /// Appends `number`.
    mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(number: Number) {
        var word = number.littleEndian
        // The bytes of the copy are valid for the call.
        unsafe Swift.withUnsafeBytes(of: &word) { unsafe append(contentsOf: $0) }
    }

    /// Appends the bytes of a span.
    mutating func append(_ bytes: Span<UInt8>) {
        // The span is valid for the call.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// A copy of the bytes of a span.
    init(_ bytes: Span<UInt8>) {
        // The span is valid for the call.
        self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Puts `number` in the place of the bytes from `offset` on.
    mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(
        _ number: Number, at offset: Int
    ) {
        precondition(
            offset >= 0 && offset <= count - MemoryLayout<Number>.size,
            "a number at \(offset) of \(count) bytes")
        unsafe withUnsafeMutableBytes { bytes in
            // The range lies within the array.
            unsafe bytes.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
        }
    }

    /// Appends zeroes until there is a multiple of 8 bytes behind the first `start`.
    mutating func pad(from start: Int) {
        while (count - start) % 8 != 0 { append(0) }
    }
}

extension Span<UInt8> {
    /// The number at `offset`, which need not be aligned.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, at offset: Int
    ) -> Number {
        precondition(
            offset >= 0 && offset <= count - MemoryLayout<Number>.size,
            "a number at \(offset) of \(count) bytes")
        // The range lies within the span, and every pattern of bits is a number.
        return Number(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    /// Whether all bytes of `range` are zero.
    func isZero(_ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            guard number(UInt64.self, at: index) == 0 else { return false }
            index += 8
        }
        return (index..<range.upperBound).allSatisfy { number(UInt8.self, at: $0) == 0 }
    }

    /// Whether the first bytes are those of `prefix`.
    func begins(with prefix: [UInt8]) -> Bool {
        guard count >= prefix.count else { return false }
        return prefix.indices.allSatisfy { self[$0] == prefix[$0] }
    }
}
