/// What stores do with the content of a buffer, besides reading it.
extension IOBuffer {
    /// Lets `body` change what the buffer holds.
    mutating func withMutableBytes<Value, Failure: Error>(
        _ body: (inout MutableSpan<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The range is valid and initialised as long as this value lives, which is exclusively the
        // call's; the span cannot leave it.
        let start = unsafe base.assumingMemoryBound(to: UInt8.self)
        var span = unsafe MutableSpan(_unsafeStart: start, count: count)
        return try body(&span)
    }

    /// Forgets the first `number` bytes and moves those behind them to the front.
    mutating func removeFirst(_ number: Int) {
        precondition(number >= 0 && number <= count, "\(number) of \(count) bytes")
        let rest = count - number
        // Both ranges lie within the content; memmove takes overlapping ones.
        unsafe base.copyMemory(from: base + number, byteCount: rest)
        removeAll()
        noteFilled(rest)
    }

    /// Appends a copy of what another buffer holds; it must fit.
    mutating func append(contentsOf other: borrowing IOBuffer) {
        other.withBytes { append($0) }
    }
}
