import Storage

extension [UInt8] {
    /// Puts `number`, little-endian, in the place of the bytes from `offset` on.
    mutating func put<Number: FixedWidthInteger & BitwiseCopyable>(
        _ number: Number, at offset: Int
    ) {
        var bytes = mutableSpan
        bytes.put(number, at: offset)
    }

    /// Appends zeroes until there is a multiple of 8 bytes behind the first `start`.
    mutating func pad(from start: Int) {
        while (count - start) % 8 != 0 { append(0) }
    }
}
