import CUring
import Glibc

/// Tables of the kernel's, which save looking files up and pinning pages for every request.
extension SubmissionRing {
    /// Makes a table for `count` files, all of them empty.
    mutating func registerFiles(count: Int) throws(ErrorNumber) {
        let none = [Int32](repeating: -1, count: count)
        // The kernel copies the array.
        let answer = unsafe none.withUnsafeBufferPointer {
            unsafe io_uring_register_files(ring, $0.baseAddress, UInt32(count))
        }
        guard answer >= 0 else { throw ErrorNumber(code: -answer) }
    }

    /// Puts `descriptor` into the table of files, or takes out what is there (-1). The kernel holds
    /// the file open for as long as it is in the table.
    mutating func setFile(_ index: Int, to descriptor: Int32) throws(ErrorNumber) {
        var descriptor = descriptor
        // The kernel copies the one number.
        let answer = unsafe io_uring_register_files_update(ring, UInt32(index), &descriptor, 1)
        guard answer >= 0 else { throw ErrorNumber(code: -answer) }
    }

    /// Makes `count` buffers of `capacity` bytes that are registered, and puts them into `pool`.
    ///
    /// When the kernel refuses, they are in the pool all the same and are not registered.
    mutating func registerBuffers(
        count: Int, capacity: Int, into pool: BufferPool
    ) throws(ErrorNumber) {
        var places: [iovec] = unsafe []
        let made = BufferPool(capacity: count)
        for _ in 0..<count {
            let buffer = IOBuffer(capacity: capacity)
            let place = unsafe iovec(iov_base: buffer.base, iov_len: capacity)
            unsafe places.append(place)
            made.put(buffer)
        }
        // The kernel copies the array and pins the pages, which the buffers own.
        let answer = unsafe places.withUnsafeBufferPointer {
            unsafe io_uring_register_buffers(ring, $0.baseAddress, UInt32(count))
        }
        var index = count
        while var buffer = made.take() {
            index -= 1
            if answer >= 0 {
                buffer.registration = BufferRegistration(ring: identity, index: UInt16(index))
            }
            pool.put(buffer)
        }
        guard answer >= 0 else { throw ErrorNumber(code: -answer) }
    }
}
