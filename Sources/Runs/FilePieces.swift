import Foundation
import Synchronization

/// Reads files a piece at a time: what is made of a file of half a gigabyte needs less memory than it.
enum FilePieces {
    /// The bytes of a piece.
    private static let size = 1 << 18

    /// Hands the bytes of the file at `path` to `body`, piece after piece.
    ///
    /// - Throws: `missing` where there is no file, `system` where it cannot be read, and what `body` does.
    static func read(
        _ path: String, _ body: (Data) throws(RunError) -> Void
    ) throws(RunError) {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            let reason = RunFiles.errnoText()
            guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
            throw .system(operation: "read", path: path, reason: reason)
        }
        defer { try? handle.close() }
        while let piece = try next(of: handle, path), !piece.isEmpty { try body(piece) }
    }

    private static func next(of handle: FileHandle, _ path: String) throws(RunError) -> Data? {
        do {
            return try handle.read(upToCount: size)
        } catch {
            throw .system(operation: "read", path: path, reason: RunFiles.reason(error))
        }
    }
}

/// The SHA-256 sum of bytes that come in pieces, taken on a thread of its own while the caller does
/// something else with them.
///
/// Pieces come from one thread at a time. A few of them may wait; then the caller does.
final class SumMeanwhile: Sendable {
    private let queue = DispatchQueue(label: "nilometer.sum")
    private let room = DispatchSemaphore(value: 8)
    private let sum = Mutex(SHA256())

    /// Takes a further piece in; returns before it is summed up.
    func add(_ piece: Data) {
        room.wait()
        queue.async { [self] in
            sum.withLock { $0.add(piece) }
            room.signal()
        }
    }

    /// The sum of all pieces, 64 lower-case hexadecimal digits; waits until it is known.
    var hexadecimal: String {
        SHA256.hexadecimal(queue.sync { sum.withLock { $0.digest } })
    }
}
