/// Memory that requests to the kernel read from and write to: page-aligned, owned by one place at a
/// time.
///
/// A request on a ring consumes its buffer and the completion gives it back, so that nobody can
/// free or change the bytes while the kernel may still use them. The type is what enforces it.
///
/// May be moved between threads.
@safe public struct IOBuffer: ~Copyable, @unchecked Sendable {
    // Sendable: the value is unique and owns its memory, so that two threads never have it at once.

    /// What direct I/O asks for on every device in use, in bytes.
    public static let alignment = 4096

    /// The first byte; valid for `capacity` bytes as long as this value lives.
    let base: UnsafeMutableRawPointer
    /// How many bytes the buffer can hold.
    public let capacity: Int
    /// How many bytes it holds.
    public private(set) var count = 0
    /// Where a ring has this memory in its table of registered buffers.
    var registration = BufferRegistration.none

    /// An empty buffer for `capacity` bytes, at least 0.
    public init(capacity: Int) {
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
    public var room: Int { capacity - count }

    /// Copies `bytes` behind what the buffer holds; they must fit. O(count).
    public mutating func append(_ bytes: Span<UInt8>) {
        precondition(bytes.count <= room, "\(bytes.count) bytes into room for \(room)")
        // Both ranges are valid for the count, and a span never overlaps memory owned by another.
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + count).copyMemory(from: start, byteCount: source.count)
        }
        count += bytes.count
    }

    /// Appends `zeroes` bytes of zero; they must fit. O(count).
    public mutating func append(zeroes: Int) {
        precondition(zeroes >= 0 && zeroes <= room, "\(zeroes) bytes into room for \(room)")
        // The range lies within the capacity, by the precondition.
        unsafe (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: zeroes)
        count += zeroes
    }

    /// Lets `fill` write behind what the buffer holds, into memory for `count` bytes, for which there
    /// must be room, and takes up as many as it says that it wrote.
    mutating func append<Failure: Error>(
        upTo count: Int, _ fill: (UnsafeMutableRawPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        precondition(count >= 0 && count <= room, "\(count) bytes into room for \(room)")
        // The range lies within the capacity, by the precondition.
        let written = unsafe try fill(base + self.count)
        precondition((0...count).contains(written), "\(written) of \(count) bytes filled")
        self.count += written
        return written
    }

    /// Notes that the kernel has put `count` more bytes behind what the buffer holds.
    mutating func noteFilled(_ count: Int) {
        precondition(count >= 0 && count <= room, "\(count) bytes into room for \(room)")
        self.count += count
    }

    /// Lets `body` read what the buffer holds.
    public func withBytes<Value, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        // The range is valid and initialised as long as this value lives, which is borrowed for the
        // call; the span cannot leave it.
        let start = unsafe UnsafePointer(base.assumingMemoryBound(to: UInt8.self))
        return try body(unsafe Span(_unsafeStart: start, count: count))
    }

    /// Forgets the content; the memory stays.
    public mutating func removeAll() { count = 0 }

    /// Moves the buffer out and leaves one without memory.
    public mutating func take() -> IOBuffer {
        var taken = IOBuffer(capacity: 0)
        swap(&taken, &self)
        return taken
    }
}

/// An entry of a ring's table of registered buffers, which saves the kernel from finding and pinning
/// the memory's pages at every request.
///
/// A buffer that is dropped takes its entry with it: nobody else has the index, so that no request
/// can name it any more, and the kernel keeps the pages pinned until the ring is gone.
struct BufferRegistration: Hashable, Sendable {
    /// The ring, by a number that no other ring of the process has; 0 for none.
    var ring: UInt32
    /// The entry in its table.
    var index: UInt16

    /// No ring has the memory registered.
    static let none = BufferRegistration(ring: 0, index: 0)
}
