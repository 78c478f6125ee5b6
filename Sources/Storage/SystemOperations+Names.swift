import Glibc

/// Names, and what is behind them.
extension SystemOperations {
    package func makeDirectory(_ path: String, permissions: UInt32) throws(StepFailure) {
        // The C string is valid for the call.
        _ = try repeating(.makeDirectory) {
            unsafe path.withCString { unsafe mkdir($0, permissions) == 0 ? 0 : -errno }
        }
    }

    package func entries(ofDirectory path: String) throws(StepFailure) -> [String] {
        let file = try repeating(.list) {
            SystemOperations.open(path, flags: O_RDONLY | O_DIRECTORY, permissions: 0)
        }
        // The stream owns the descriptor once it is there.
        guard let stream = unsafe fdopendir(file) else {
            let number = ErrorNumber(code: errno)
            _ = Glibc.close(file)
            throw .refused(.list, number)
        }
        defer { unsafe _ = closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            // The kernel ends the name with a zero, and the entry is valid until the next call.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw .refused(.list, ErrorNumber(code: errno)) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package func rename(_ path: String, to newPath: String) throws(StepFailure) {
        // Both C strings are valid for the call.
        _ = try repeating(.rename) {
            unsafe path.withCString { old in
                unsafe newPath.withCString { new in
                    unsafe Glibc.rename(old, new) == 0 ? 0 : -errno
                }
            }
        }
    }

    package func remove(_ path: String) throws(StepFailure) {
        // The C string is valid for the call.
        _ = try repeating(.remove) {
            unsafe path.withCString { unsafe unlink($0) == 0 ? 0 : -errno }
        }
    }

    package func dropCache(of file: Int32) throws(StepFailure) {
        _ = try repeating(.dropCache) { -posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) }
    }

    package func allocated(for file: Int32) throws(StepFailure) -> UInt64 {
        var status = stat()
        // The structure is valid for the call.
        _ = try repeating(.inspect) { unsafe fstat(file, &status) == 0 ? 0 : -errno }
        // Blocks of stat(2) are 512 bytes, whatever the file system's are.
        return UInt64(status.st_blocks) * 512
    }

    package func read(
        _ count: Int, into buffer: inout IOBuffer, from file: Int32, at offset: UInt64
    ) throws(StepFailure) -> Int {
        guard let offset = off_t(exactly: offset) else {
            throw .refused(.read, ErrorNumber(code: EFBIG))
        }
        return unsafe try buffer.append(upTo: count) { memory throws(StepFailure) in
            // The buffer hands out memory for `count` bytes.
            Int(
                try repeating(.read) {
                    let done = unsafe pread(file, memory, min(count, Int(Int32.max)), offset)
                    return done < 0 ? -errno : Int32(done)
                })
        }
    }
}
