import Glibc
public import StateMachines

/// A node's clock: the machine's monotonic one, which its loop's timers follow, and which goes on
/// while the process is frozen.
///
/// It is read for every step anew. A machine that was told the time of the turn's beginning would
/// take a lease to last longer than it does.
public enum MonotonicClock {
    /// A reading; any thread may take one. O(1).
    public static var now: Moment {
        var time = timespec()
        // SAFETY: the structure outlives the call.
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
