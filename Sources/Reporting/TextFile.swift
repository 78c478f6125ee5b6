import Glibc

/// Writes text files so that a failure leaves what was there before.
enum TextFile {
    /// Writes `text` to `path`: beside it first, then renamed over it.
    static func write(_ text: String, to path: String) throws(ReportingError) {
        let temporary = path + ".part"
        // SAFETY: the kernel copies the paths during the calls.
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        var problem = writeAll(Array(text.utf8), to: descriptor)
        // A full disk may show only now.
        if close(descriptor) != 0, problem == 0 { problem = errno }
        if problem == 0, unsafe rename(temporary, path) != 0 { problem = errno }
        guard problem == 0 else {
            unsafe unlink(temporary)
            throw failure(path, problem)
        }
    }

    /// Makes the directory `path` unless it is there; its parent must be.
    static func makeDirectory(_ path: String) throws(ReportingError) {
        // SAFETY: the kernel copies the path during the call.
        if unsafe mkdir(path, 0o755) != 0, errno != EEXIST { throw failure(path) }
    }

    /// Zero, or the error number of the write that failed.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        // SAFETY: the buffer is valid for the closure, and no write reaches beyond its end.
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                if count < 0 { return errno }
                written += count
            }
            return 0
        }
    }

    private static func failure(_ path: String, _ code: Int32 = errno) -> ReportingError {
        // SAFETY: strerror's text is copied at once.
        .cannotWrite(path: path, errno: code, reason: unsafe String(cString: strerror(code)))
    }
}
