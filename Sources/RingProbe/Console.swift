import Glibc

/// Where the probe says what it finds: line by line, so that nothing is lost when it is ended.
enum Console {
    /// Writes a line to the standard output.
    static func tell(_ line: String) { write(line, to: STDOUT_FILENO) }

    /// Writes a line to the standard error.
    static func complain(_ line: String) { write(line, to: STDERR_FILENO) }

    /// Ends the process.
    static func exit(_ status: Int32) -> Never { Glibc.exit(status) }

    private static func write(_ line: String, to descriptor: Int32) {
        let bytes = Array((line + "\n").utf8)
        var written = 0
        while written < bytes.count {
            // SAFETY: the array is held during the call, and what is written lies within it.
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(
                    descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            // Nobody reads what is found: no status would be true.
            guard count > 0 else { exit(74) }
            written += count
        }
    }
}
