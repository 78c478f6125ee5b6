extension MultiProducer where Element: ~Copyable {
    /// Calls `body` with the memory that the channel's elements and positions lie in, which lives as
    /// long as the call: for who asks the kernel on which NUMA node it lies, or moves it to another.
    /// Neither to be read nor to be written. Any thread.
    public func withMemory<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        // Sound: so many bytes were allocated at the base, and this end holds a reference.
        unsafe body(UnsafeRawBufferPointer(start: ring.base, count: ring.geometry.byteCount))
    }
}
