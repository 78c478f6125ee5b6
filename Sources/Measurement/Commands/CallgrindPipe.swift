import Foundation
import Glibc
import Synchronization

/// Gathers what all processes of a program that runs under callgrind write to their logs.
///
/// They write to a named pipe: valgrind begins a log file anew whenever a process becomes another
/// program. What the process said before would be lost, and that it was another program.
enum CallgrindPipe {
    private final class Log: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

        func append(_ more: ArraySlice<UInt8>) { bytes.withLock { $0 += more } }
    }

    /// How many seconds the end of the log is waited for once the program has ended.
    private static let patience = 10.0

    /// What was written to the pipe, whose path `run` is given, until `run` returned.
    static func log(of run: (_ path: String) throws -> Void) throws -> String {
        let files = FileManager.default
        let directory = NSTemporaryDirectory() + "nilometer-callgrind-\(UUID().uuidString)"
        try files.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? files.removeItem(atPath: directory) }
        let path = "\(directory)/log"
        // SAFETY: the path outlives the call.
        guard unsafe mkfifo(path, 0o600) == 0 else {
            throw CommandLauncher.Failure(operation: "make a pipe for callgrind", errno: errno)
        }
        // Open for both, a pipe opens at once, and has no end before this is closed.
        let writer = try opened(path, O_RDWR)
        let log = Log()
        let finished = DispatchGroup()
        do {
            defer { close(writer) }
            gather(from: try opened(path, O_RDONLY), into: log, finished)
            try run(path)
        }
        _ = finished.wait(timeout: .now() + patience)
        return log.text
    }

    private static func opened(
        _ path: String, _ access: Int32
    ) throws(CommandLauncher.Failure) -> Int32 {
        // SAFETY: the path outlives the call.
        let descriptor = unsafe open(path, access | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandLauncher.Failure(operation: "open a pipe for callgrind", errno: errno)
        }
        return descriptor
    }

    /// Reads `reader` to its end on a thread of its own, and closes it.
    private static func gather(
        from reader: Int32, into log: Log, _ finished: DispatchGroup
    ) {
        finished.enter()
        let thread = Thread {
            var chunk = [UInt8](repeating: 0, count: 4096)
            while true {
                // SAFETY: at most the chunk's length is written to it, during the call.
                let length = unsafe read(reader, &chunk, chunk.count)
                if length < 0, errno == EINTR { continue }
                guard length > 0 else { break }
                log.append(chunk[..<length])
            }
            close(reader)
            finished.leave()
        }
        thread.start()
    }
}
