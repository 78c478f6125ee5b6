/// Buffers that nobody has at the moment, the last given back on top. Used by one thread at a time.
@safe final class BufferPool {
    private let buffers: UnsafeMutablePointer<IOBuffer>
    /// How many fit.
    let capacity: Int
    /// How many are there.
    private(set) var count = 0

    /// An empty pool with room for `capacity` buffers.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe buffers = .allocate(capacity: capacity)
    }

    deinit {
        // The first `count` are initialised.
        unsafe buffers.deinitialize(count: count)
        unsafe buffers.deallocate()
    }

    /// Takes a buffer out.
    func take() -> IOBuffer? {
        guard count > 0 else { return nil }
        count -= 1
        // The last one is moved out, and is none of the pool's any more.
        return unsafe (buffers + count).move()
    }

    /// Puts a buffer in, emptied. There must be room.
    func put(_ buffer: consuming IOBuffer) {
        precondition(count < capacity, "a pool of \(capacity) buffers is full")
        buffer.removeAll()
        // The place is within the capacity and not initialised.
        unsafe (buffers + count).initialize(to: buffer)
        count += 1
    }
}
