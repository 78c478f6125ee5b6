// The processor's intrinsics, which the shims include, are where the compiler finds `timespec`.
import CNilometerShims
import Glibc

/// Time on processors, in nanoseconds.
enum ProcessorTime {
    /// What the calling thread has had.
    static func ofThread() -> UInt64 { time(CLOCK_THREAD_CPUTIME_ID) }

    /// What all threads of this process have had, its kernel threads' included.
    static func ofProcess() -> UInt64 { time(CLOCK_PROCESS_CPUTIME_ID) }

    private static func time(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        // SAFETY: the call fills `now` and keeps nothing.
        unsafe clock_gettime(clock, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}
