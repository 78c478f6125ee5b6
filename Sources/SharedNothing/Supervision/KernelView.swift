import Glibc

/// What the kernel says of a thread of this process, from `/proc/self/task`.
public struct KernelView: Sendable, Equatable, CustomStringConvertible {
    /// `R` runs or could, `S` sleeps, `D` sleeps uninterruptibly, `T` is stopped, `Z` has ended;
    /// see proc(5).
    public let state: Character
    /// Processor time that it has used, in ticks of the kernel (`sysconf(_SC_CLK_TCK)` a second).
    public let processorTicks: UInt64
    /// The kernel's function that it sleeps in; nil where it runs, or the kernel does not tell.
    public let waitsIn: String?
    /// The number of the system call that it is in; nil where it is in none, or the kernel does not
    /// tell.
    public let systemCall: Int?

    /// The thread with this number; nil when there is none.
    init?(thread: Int32) {
        let directory = "/proc/self/task/\(thread)"
        // The name may hold anything, brackets included: what follows the last one is in columns.
        guard let text = SmallFile.text(at: "\(directory)/stat"),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let columns = text[text.index(after: end)...].split(separator: " ")
        guard columns.count > 12, let state = columns[0].first,
            let user = UInt64(columns[11]), let system = UInt64(columns[12])
        else { return nil }
        self.state = state
        processorTicks = user + system
        let place = SmallFile.text(at: "\(directory)/wchan") ?? ""
        waitsIn = place.isEmpty || place == "0" ? nil : place
        systemCall = SmallFile.text(at: "\(directory)/syscall")?.split(separator: " ").first
            .flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
    }

    /// One line.
    public var description: String {
        let place = waitsIn.map { " in \($0)" } ?? ""
        let call = systemCall.map { ", system call \($0)" } ?? ""
        return "state \(state)\(place)\(call), \(processorTicks) ticks of processor time"
    }
}

/// A file of the kernel's that is read in one piece.
enum SmallFile {
    /// Its text without white space at the end, or nil where it cannot be read.
    static func text(at path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        var length = 0
        while length < bytes.count {
            // SAFETY: reads into the rest of the array, while it is held.
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(
                    file, buffer.baseAddress.map { unsafe $0 + length }, buffer.count - length)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            length += count
        }
        while length > 0, bytes[length - 1] <= 32 { length -= 1 }
        return String(decoding: bytes[..<length], as: UTF8.self)
    }
}
