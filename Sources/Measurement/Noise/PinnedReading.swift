import Hardware
import Synchronization

/// What a probe finds on a thread of its own, bound to one hardware thread.
enum PinnedReading {
    /// Runs `probe` on a new thread bound to `processingUnit`, and waits for what it finds.
    static func take<Reading: Sendable>(
        on processingUnit: Int, name: String, _ probe: @escaping @Sendable () throws -> Reading
    ) throws -> Reading {
        let slot = Slot<Reading>()
        let thread = try PinnedThread(pu: processingUnit, name: name) {
            let found = Result { try probe() }
            slot.found.withLock { $0 = found }
        }
        thread.join()
        guard let found = slot.found.withLock({ $0 }) else {
            preconditionFailure("the thread '\(name)' ended without a reading")
        }
        return try found.get()
    }

    /// Hands a reading from the probing thread to the one that waits for it.
    private final class Slot<Reading: Sendable>: Sendable {
        let found = Mutex<Result<Reading, any Error>?>(nil)
    }
}
