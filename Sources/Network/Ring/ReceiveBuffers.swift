import CUring
import Glibc
import Storage

/// The buffers that the kernel puts into what it receives, whichever connection it is for: memory
/// is taken when bytes have come, not while they are waited for, so that ten thousand silent
/// connections have none.
///
/// The kernel and the thread share a ring of those that are free (`IORING_REGISTER_PBUF_RING`,
/// Linux 5.19). A reference, since the memory has to outlive the ring that it was registered with.
@safe final class ReceiveBuffers {
    /// How many there are, a power of two.
    let count: Int
    /// Bytes of each.
    let size: Int
    private let memory: UnsafeMutableRawPointer
    private let free: UnsafeMutablePointer<io_uring_buf_ring>
    private var isAbandoned = false

    /// The group that receives name.
    static var group: UInt16 { 0 }
    private static var pageSize: Int { 4096 }

    /// Makes the buffers, all of them free, and registers them with `ring`.
    init(
        count: Int, size: Int, on ring: UnsafeMutablePointer<io_uring>
    ) throws(ErrorNumber) {
        self.count = count
        self.size = size
        unsafe memory = .allocate(byteCount: count * size, alignment: Self.pageSize)
        let place = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<io_uring_buf>.stride, alignment: Self.pageSize)
        unsafe place.initializeMemory(
            as: UInt8.self, repeating: 0, count: count * MemoryLayout<io_uring_buf>.stride)
        unsafe free = place.assumingMemoryBound(to: io_uring_buf_ring.self)
        var registration = io_uring_buf_reg()
        registration.ring_addr = UInt64(UInt(bitPattern: place))
        registration.ring_entries = UInt32(count)
        registration.bgid = Self.group
        // SAFETY: the kernel copies the registration; the memory it names lives as long as this.
        let answer = unsafe io_uring_register_buf_ring(ring, &registration, 0)
        guard answer >= 0 else {
            unsafe memory.deallocate()
            unsafe place.deallocate()
            throw ErrorNumber(code: -answer)
        }
        for index in 0..<count { add(index, offset: index) }
        unsafe io_uring_buf_ring_advance(free, Int32(count))
    }

    // Made in `init`; the loop that owns this has closed its ring or given the memory up.
    deinit {
        guard !isAbandoned else { return }
        unsafe memory.deallocate()
        unsafe free.deallocate()
    }

    /// Where the bytes of a buffer are.
    func bytes(of buffer: Int) -> UnsafeRawPointer {
        precondition(buffer < count, "buffer \(buffer) of \(count)")
        return unsafe UnsafeRawPointer(memory + buffer * size)
    }

    /// Gives a buffer back to the kernel.
    func recycle(_ buffer: Int) {
        precondition(buffer < count, "buffer \(buffer) of \(count)")
        add(buffer, offset: 0)
        unsafe io_uring_buf_ring_advance(free, 1)
    }

    /// Gives the memory up for good: the kernel could not be made to let go of it.
    func abandon() { isAbandoned = true }

    private func add(_ buffer: Int, offset: Int) {
        // SAFETY: the buffer lies within the memory, the entry within the ring by the mask.
        unsafe io_uring_buf_ring_add(
            free, memory + buffer * size, UInt32(size), UInt16(buffer), Int32(count - 1),
            Int32(offset))
    }
}
