import Glibc

/// The lines of a server's log as they come. Any length of them may pass between two looks.
struct LogLines {
    private let path: String
    private var read: off_t = 0
    /// What was read of a line whose end was not there yet.
    private var begun: [UInt8] = []

    /// Those of a file that may not be there yet.
    init(of path: String) { self.path = path }

    /// The whole lines that were written since the last look. O(what was written since).
    mutating func next() -> [String] {
        // Only of a file, since its directory may be another user's, who may have put something else there.
        // SAFETY: the kernel reads the path during the call.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            // SAFETY: at most the array's size is read into it.
            let count = unsafe block.withUnsafeMutableBytes {
                unsafe pread(file, $0.baseAddress, $0.count, read)
            }
            guard count > 0 else { break }
            read += off_t(count)
            begun += block[..<count]
        }
        var lines = begun.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        begun = Array(lines.removeLast())
        return lines.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Passes over what is there, with a line that was never ended.
    mutating func skip() {
        _ = next()
        begun = []
    }
}
