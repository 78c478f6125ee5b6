import Counters
import Foundation
import Quantities

/// For how long threads of this process could have run but others did, between one look and the next.
///
/// A look reads one small file a thread. Where the kernel keeps no such times
/// (`/proc/self/task/TID/schedstat`), nothing has waited.
public struct CoreWaits: Sendable {
    /// Nanoseconds since each thread began, at the last look.
    private var last: [String: Double] = [:]

    /// A first look.
    public init() { last = Self.waits() }

    /// The longest that any one thread waited for a core since the last look. A thread counts from the
    /// look on that saw it first.
    public mutating func look() -> Nanoseconds { look(Self.waits()) }

    mutating func look(_ now: [String: Double]) -> Nanoseconds {
        let longest = now.map { thread, wait in last[thread].map { wait - $0 } ?? 0 }.max() ?? 0
        last = now
        return Nanoseconds(max(longest, 0))
    }

    private static func waits() -> [String: Double] {
        let tasks = "/proc/self/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        var waits: [String: Double] = [:]
        for thread in threads {
            // A thread may have ended since it was listed.
            let text = KernelFile.text(of: "\(tasks)/\(thread)/schedstat", most: 256)
            waits[thread] = text.flatMap(ThreadActivity.parseWait)
        }
        return waits
    }
}
