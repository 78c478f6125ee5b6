import Glibc

/// Something that was promised, as it is reported to whoever may end this process at any moment.
struct Report {
    /// Which of several series it belongs to: a thread's records, a key's values.
    let series: UInt64
    /// Its number, which rises within the series.
    let number: UInt64

    static let size = 16
}

/// Where promises are reported: the standard output, a pipe or a file.
enum Reports {
    /// Reports something, in one write that a kill cannot tear.
    static func send(_ series: UInt64, _ number: UInt64) {
        var words = (series.littleEndian, number.littleEndian)
        // The tuple lives during the call and has 16 bytes.
        let written = unsafe withUnsafeBytes(of: &words) { bytes in
            unsafe write(1, bytes.baseAddress, Report.size)
        }
        guard written == Report.size else { fail("cannot report: errno \(errno)", status: 74) }
    }

    /// The highest number reported of each series, as the file at `path` has them, which must be there.
    static func highest(at path: String) -> [UInt64: UInt64] {
        guard let bytes = content(of: path) else {
            fail("no promises to hold anything against at \(path)", status: 66)
        }
        var highest: [UInt64: UInt64] = [:]
        for start in stride(from: 0, to: bytes.count - bytes.count % Report.size, by: Report.size) {
            let series = word(bytes[start..<start + 8])
            let number = word(bytes[start + 8..<start + 16])
            highest[series] = max(highest[series] ?? 0, number)
        }
        return highest
    }

    /// The number that eight bytes hold.
    static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The eight bytes of a number.
    static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }

    /// What is stored under a number: the number, and by it a filling of its own, of up to `most` bytes.
    static func content(_ number: UInt64, most: UInt64) -> [UInt8] {
        let filling = UInt8(truncatingIfNeeded: number &* 37 &+ 1)
        return bytes(number) + [UInt8](repeating: filling, count: Int(number &* 7919 % most))
    }

    /// All that the file at `path` holds; `nil` where there is none. Ends the process where it cannot be
    /// read: what was not looked at must not pass.
    static func content(of path: String) -> [UInt8]? {
        // The path is copied during the call.
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            fail("cannot open \(path): errno \(errno)", status: 74)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            // read stays within the array.
            let count = unsafe read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { fail("cannot read \(path): errno \(errno)", status: 74) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Ends the process with a line on the standard error.
    static func fail(_ text: String, status: Int32) -> Never {
        let line = Array((text + "\n").utf8)
        // The array is held during the call.
        _ = unsafe line.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
        exit(status)
    }

    /// Ends the process because a promise was broken.
    static func broken(_ text: String) -> Never { fail(text, status: 65) }
}
