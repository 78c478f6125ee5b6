// The processor's intrinsics, which the shims include, are where the compiler finds `timespec`.
import CNilometerShims
import Glibc

/// Time on processors, in nanoseconds.
enum ProcessorTime {
    /// What the calling thread has had.
    static func ofThread() -> UInt64 { time(CLOCK_THREAD_CPUTIME_ID) }

    /// What all threads of this process have had, its kernel threads' included.
    static func ofProcess() -> UInt64 { time(CLOCK_PROCESS_CPUTIME_ID) }

    /// What all threads of another process have had, those that have ended among them; nil where there is
    /// no such process.
    static func of(process: pid_t) -> UInt64? {
        var clock: clockid_t = 0
        // SAFETY: the call fills `clock` and keeps nothing.
        guard unsafe clock_getcpuclockid(process, &clock) == 0 else { return nil }
        return time(clock)
    }

    private static func time(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        // SAFETY: the call fills `now` and keeps nothing.
        unsafe clock_gettime(clock, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}
