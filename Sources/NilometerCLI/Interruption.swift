import CNilometerShims
import Glibc
import Synchronization

/// Remembers that the user asked to stop (Ctrl-C, or a polite kill).
///
/// The first request is noted and the run ends cleanly; the handler is then gone, so a second one
/// ends the process at once.
enum Interruption {
    private static let requested = Atomic<Bool>(false)

    /// Whether a request has come.
    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    /// Starts listening. The flag is touched first: its lazy creation is not safe in a handler.
    static func listen() {
        requested.store(false, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            nilometer_unblock_signal(number)
            signal(number) { number in
                // Relaxed: the flag stands alone and is polled.
                Interruption.requested.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
