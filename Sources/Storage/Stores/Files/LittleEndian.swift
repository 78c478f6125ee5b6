/// Numbers in files are little-endian, whatever the machine is.
extension Span<UInt8> {
    /// The number at `offset`, which need not be aligned.
    @inlinable
    package func number<Number: FixedWidthInteger & BitwiseCopyable>(
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
    @inlinable
    package func isZero(_ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            guard number(UInt64.self, at: index) == 0 else { return false }
            index += 8
        }
        return (index..<range.upperBound).allSatisfy { number(UInt8.self, at: $0) == 0 }
    }
}

extension MutableSpan<UInt8> {
    /// Writes `number` at `offset`, which need not be aligned.
    @inlinable
    package mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(
        _ number: Number, at offset: Int
    ) {
        precondition(
            offset >= 0 && offset <= count - MemoryLayout<Number>.size,
            "a number at \(offset) of \(count) bytes")
        unsafe withUnsafeMutableBytes { bytes in
            // The range lies within the span.
            unsafe bytes.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
        }
    }
}

extension [UInt8] {
    /// Appends `number` in little-endian order.
    @inlinable
    package mutating func append<Number: FixedWidthInteger>(number: Number) {
        for shift in 0..<Number.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: number >> Number(8 * shift)))
        }
    }

    /// Appends the bytes of a span.
    @inlinable
    package mutating func append(_ bytes: Span<UInt8>) {
        // The span is valid for the call.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// A copy of the bytes of a span.
    @inlinable
    package init(_ bytes: Span<UInt8>) {
        // The span is valid for the call.
        self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }
}

extension Span<UInt8> {
    /// Whether both hold the same bytes.
    @inlinable
    package func holdsSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBufferPointer { left in
            unsafe other.withUnsafeBufferPointer { right in
                // Both are valid for the call.
                unsafe left.elementsEqual(right)
            }
        }
    }

    /// Whether the first bytes are those of `prefix`.
    @inlinable
    package func begins(with prefix: Span<UInt8>) -> Bool {
        count >= prefix.count && extracting(first: prefix.count).holdsSame(as: prefix)
    }
}

extension MutableSpan<UInt8> {
    /// Lets `body` change the bytes of `range` alone.
    @inlinable
    package mutating func withPart<Value>(
        _ range: Range<Int>, _ body: (inout MutableSpan<UInt8>) -> Value
    ) -> Value {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count) bytes")
        return unsafe withUnsafeMutableBufferPointer { bytes in
            // The range lies within the span, which is exclusively the call's.
            var part = unsafe MutableSpan(_unsafeElements: bytes.extracting(range))
            return body(&part)
        }
    }
}
