/// Bytes in a row, in memory that grows and that is given back.
@safe struct ByteStore: ~Copyable {
    /// How many bytes it holds.
    private(set) var count = 0
    /// How many bytes fit before it has to grow.
    private(set) var capacity = 0
    private var memory: UnsafeMutableRawPointer?

    /// What it takes at least, once it takes memory at all.
    private static var leastCapacity: Int { 256 }

    deinit { unsafe memory?.deallocate() }

    /// Whether it holds nothing.
    var isEmpty: Bool { count == 0 }

    /// The first byte; there has to be one. Valid until the next byte is added or all are removed.
    var start: UnsafeMutableRawPointer {
        guard let memory = unsafe memory else { preconditionFailure("no bytes are held") }
        return unsafe memory
    }

    /// Makes room for `more` bytes, twice what is held at least where it has to grow, so that
    /// adding a byte costs the same on the average.
    mutating func reserve(_ more: Int) {
        guard capacity - count < more else { return }
        let grown = max(count + more, 2 * capacity, Self.leastCapacity)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
        // SAFETY: both have room for the bytes that are held, and are apart.
        if let memory = unsafe memory {
            unsafe larger.copyMemory(from: memory, byteCount: count)
            unsafe memory.deallocate()
        }
        unsafe memory = larger
        capacity = grown
    }

    /// Adds the `more` bytes at `bytes`.
    mutating func append(_ bytes: UnsafeRawPointer, _ more: Int) {
        guard more > 0 else { return }
        reserve(more)
        // SAFETY: there is room behind what is held, which the caller's bytes are no part of.
        unsafe (start + count).copyMemory(from: bytes, byteCount: more)
        count += more
    }

    /// Adds `more` bytes that the caller fills in, and says where.
    mutating func extend(by more: Int) -> UnsafeMutableRawPointer {
        reserve(more)
        defer { count += more }
        return unsafe start + count
    }

    /// Removes the first `bytes`.
    mutating func removeFirst(_ bytes: Int) {
        precondition(bytes <= count, "\(bytes) of \(count) bytes")
        // SAFETY: both ranges lie within what is held; they may overlap, which this copy allows.
        if bytes > 0, bytes < count {
            unsafe start.copyMemory(from: start + bytes, byteCount: count - bytes)
        }
        count -= bytes
    }

    /// Removes all bytes, and gives memory back that is larger than `kept`.
    mutating func removeAll(keeping kept: Int) {
        count = 0
        guard capacity > kept else { return }
        unsafe memory?.deallocate()
        unsafe memory = nil
        capacity = 0
    }
}
