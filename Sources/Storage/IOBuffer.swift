/// Memory that requests to the kernel read from: page-aligned, owned by one place at a time.
///
/// A request on the ring consumes its buffer and the completion gives it back, so that nobody can
/// free or change the bytes while the kernel may still read them. The type is what enforces it.
@safe struct IOBuffer: ~Copyable {
    /// What direct I/O asks for on every device in use.
    static let alignment = 4096

    /// The first byte; valid for `capacity` bytes as long as this value lives.
    let base: UnsafeMutableRawPointer
    /// How many bytes the buffer can hold.
    let capacity: Int
    /// How many bytes it holds.
    private(set) var count = 0

    /// An empty buffer for `capacity` bytes.
    init(capacity: Int) {
        precondition(capacity >= 0, "a buffer's capacity is not negative: \(capacity)")
        // A buffer without memory has an address that is aligned and never accessed.
        unsafe base =
            capacity > 0
            ? .allocate(byteCount: capacity, alignment: IOBuffer.alignment)
            : UnsafeMutableRawPointer(bitPattern: IOBuffer.alignment).unsafelyUnwrapped
        self.capacity = capacity
    }

    // Only what init allocated is freed, once: the value is unique.
    deinit { if capacity > 0 { unsafe base.deallocate() } }

    /// How many more bytes fit.
    var room: Int { capacity - count }

    /// Copies `bytes` behind what the buffer holds; they must fit.
    mutating func append(_ bytes: Span<UInt8>) {
        precondition(bytes.count <= room, "\(bytes.count) bytes into room for \(room)")
        // Both ranges are valid for the count, and a span never overlaps memory owned by another.
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + count).copyMemory(from: start, byteCount: source.count)
        }
        count += bytes.count
    }

    /// Appends `zeroes` bytes of zero; they must fit.
    mutating func append(zeroes: Int) {
        precondition(zeroes >= 0 && zeroes <= room, "\(zeroes) bytes into room for \(room)")
        // The range lies within the capacity, by the precondition.
        unsafe (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: zeroes)
        count += zeroes
    }

    /// Forgets the content; the memory stays.
    mutating func removeAll() { count = 0 }

    /// Moves the buffer out and leaves one without memory.
    mutating func take() -> IOBuffer {
        var taken = IOBuffer(capacity: 0)
        swap(&taken, &self)
        return taken
    }
}
