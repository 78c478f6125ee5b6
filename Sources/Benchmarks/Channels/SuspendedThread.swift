import CNilometerShims
import Glibc
import Synchronization

/// Stops a thread wherever it is, in the middle of whatever it does, and lets it go on later: a signal
/// whose handler sleeps.
///
/// One in a process at a time: a handler has no argument of its own.
enum SuspendedThread {
    /// How often a thread was stopped, and how often it was let go. Made before any signal.
    fileprivate static let stops = FutexWord()
    fileprivate static let releases = FutexWord()

    /// Lets the process's threads be stopped. Before the first `stop`.
    static func prepare() {
        _ = stops.current
        _ = releases.current
        var action = sigaction()
        // SAFETY: the handler makes system calls and touches atomics that were made above, which a
        // handler may do.
        unsafe action.__sigaction_handler.sa_handler = { _ in SuspendedThread.sleepWithinHandler() }
        action.sa_flags = SA_RESTART
        let status = unsafe sigaction(SIGUSR1, &action, nil)
        precondition(status == 0, "sigaction failed: \(errno)")
    }

    /// Asks `thread` to stop; it has when `isStopped`.
    static func stop(_ thread: pthread_t) {
        let status = pthread_kill(thread, SIGUSR1)
        precondition(status == 0, "pthread_kill failed: \(status)")
    }

    /// Whether the thread that was asked has stopped.
    static var isStopped: Bool { stops.current != releases.current }

    /// Lets it go on.
    static func release() { releases.advanceAndWake() }

    private static func sleepWithinHandler() {
        let before = errno
        let released = releases.current
        stops.advanceAndWake()
        _ = releases.sleep(past: released)
        errno = before
    }
}
