/// Bytes that are lent: whoever is given them may read them until the call ends, which the compiler
/// sees to. `array.span` lends those of an array.
public typealias Bytes = Swift.Span<UInt8>

extension UnsafeRawPointer {
    /// The `count` bytes here, for as long as the memory is there.
    @inline(__always)
    func bytes(_ count: Int) -> UnsafeBufferPointer<UInt8> {
        // SAFETY: bytes may be read as such whatever they are.
        unsafe UnsafeBufferPointer(start: assumingMemoryBound(to: UInt8.self), count: count)
    }
}
