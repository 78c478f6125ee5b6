import CNilometerShims
import Glibc
import Synchronization

/// Stops a thread wherever it is, in the middle of whatever it does, and lets it go on later: a signal
/// whose handler sleeps.
///
/// One in a process at a time: a handler has no argument of its own.
enum SuspendedThread {
    /// How often a thread was stopped, was let go, went on before that, and was back at its work. Made
    /// before any signal.
    fileprivate static let stops = FutexWord()
    fileprivate static let releases = FutexWord()
    fileprivate static let escapes = FutexWord()
    fileprivate static let returns = FutexWord()

    /// How long a stopped thread sleeps at most, in steps: who is to let it go may itself have to
    /// wait for it.
    fileprivate static let longest = Atomic<Int>(0)
    private static let step = 50_000

    private static let turn = Mutex<Void>(())

    /// Runs `body`, which may stop threads of this process, each for `longest` nanoseconds at most;
    /// waits until nobody else does.
    static func exclusively<Result>(
        longest limit: Double, _ body: () throws -> Result
    ) rethrows -> Result {
        try turn.withLock { _ in
            prepare(longest: limit)
            return try body()
        }
    }

    private static func prepare(longest limit: Double) {
        _ = stops.current
        _ = releases.current
        _ = escapes.current
        _ = returns.current
        longest.store(Int(limit) / step + 1, ordering: .relaxed)
        var action = sigaction()
        // SAFETY: the handler makes system calls and touches atomics that were made above, which a
        // handler may do.
        unsafe action.__sigaction_handler.sa_handler = { _ in SuspendedThread.sleepWithinHandler() }
        action.sa_flags = SA_RESTART
        let status = unsafe sigaction(SIGUSR1, &action, nil)
        precondition(status == 0, "sigaction failed: \(errno)")
    }

    /// Lets the calling thread be stopped, whatever it has inherited: the threads of a dispatch queue
    /// block signals, and so do those that they start.
    static func admitStops() {
        var signals = sigset_t()
        // SAFETY: both calls touch the set that is given, and keep nothing.
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGUSR1)
        let status = unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        precondition(status == 0, "pthread_sigmask failed: \(status)")
    }

    /// Asks `thread` to stop; it has when `isStopped`.
    static func stop(_ thread: pthread_t) {
        let status = pthread_kill(thread, SIGUSR1)
        precondition(status == 0, "pthread_kill failed: \(status)")
    }

    /// Whether the thread that was asked has stopped and was not let go.
    static var isStopped: Bool { stops.current != releases.current }

    /// How often a stopped thread went on by itself, since nobody let it go.
    static var escaped: UInt32 { escapes.current }

    /// Lets it go on, and waits until it does: a stop that came sooner would find it where it is.
    static func release() {
        releases.advanceAndWake()
        while returns.current != stops.current { nilometer_pause() }
    }

    private static func sleepWithinHandler() {
        let before = errno
        let released = releases.current
        stops.advanceAndWake()
        var pause = timespec(tv_sec: 0, tv_nsec: step)
        var isReleased = false
        for _ in 0..<longest.load(ordering: .relaxed) {
            isReleased = releases.current != released
            if isReleased { break }
            // SAFETY: the call reads `pause` and keeps nothing.
            unsafe nanosleep(&pause, nil)
        }
        if !isReleased { escapes.advanceAndWake() }
        returns.advanceAndWake()
        errno = before
    }
}
