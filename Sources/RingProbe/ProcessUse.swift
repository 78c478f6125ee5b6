import Glibc

/// What this process has used.
enum ProcessUse {
    /// The time that its threads have run for, in seconds.
    static var processorSeconds: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    /// The time of a clock that only goes forward, in seconds.
    static var seconds: Double { seconds(CLOCK_MONOTONIC) }

    /// The most memory that it has held so far, in bytes.
    static var peakMemory: Int {
        var usage = rusage()
        // SAFETY: the call fills the value, which lives during it.
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else {
            preconditionFailure("no usage of the own process: errno \(errno)")
        }
        return usage.ru_maxrss << 10
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        // SAFETY: the call fills the value, which lives during it.
        guard unsafe clock_gettime(clock, &time) == 0 else {
            preconditionFailure("no clock \(clock): errno \(errno)")
        }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
