import Glibc

/// What the kernel counted while something ran: reasons for which a figure may be off.
///
/// Source: `getrusage(RUSAGE_SELF)` and the steal column of `/proc/stat`. A count that the kernel
/// does not give is `nil`, never zero.
public struct EventCounts: Codable, Hashable, Sendable {
    /// Times a thread gave up its processor by itself.
    public var voluntarySwitches: Int
    /// Times a thread was taken off its processor.
    public var involuntarySwitches: Int
    /// Page faults served without I/O.
    public var minorFaults: Int
    /// Page faults that needed I/O.
    public var majorFaults: Int
    /// Processor time in user mode, nanoseconds, all threads.
    public var userTime: Double
    /// Processor time in the kernel, nanoseconds, all threads.
    public var systemTime: Double
    /// Time that the hypervisor ran something else while this machine wanted to run, nanoseconds,
    /// all processors; `nil` where `/proc/stat` has no such column.
    public var stolenTime: Double?
    /// Times a thread was moved to another processor, all threads that were started since the
    /// `MigrationCount` was opened; `nil` where there is none or the kernel refuses it.
    public var migrations: Int?

    /// The counts since the process (or, for stolen time, the machine) started.
    ///
    /// - Parameter migrations: what counts migrations, which `getrusage` does not.
    public static func current(migrations: borrowing MigrationCount) -> EventCounts {
        var counts = current()
        counts.migrations = migrations.value
        return counts
    }

    /// The counts since the process (or, for stolen time, the machine) started, without migrations.
    public static func current() -> EventCounts {
        var counts = current(of: __rusage_who_t(RUSAGE_SELF.rawValue))
        counts.stolenTime = StolenTime.read()
        return counts
    }

    /// The counts of the calling thread since it started; stolen time and migrations are not
    /// counted by thread.
    public static func currentOfThread() -> EventCounts {
        // RUSAGE_THREAD, which glibc declares under _GNU_SOURCE only.
        current(of: 1)
    }

    private static func current(of who: __rusage_who_t) -> EventCounts {
        var usage = rusage()
        // SAFETY: `usage` outlives the call, which writes nothing else.
        unsafe getrusage(who, &usage)
        return EventCounts(
            voluntarySwitches: usage.ru_nvcsw, involuntarySwitches: usage.ru_nivcsw,
            minorFaults: usage.ru_minflt, majorFaults: usage.ru_majflt,
            userTime: nanoseconds(usage.ru_utime), systemTime: nanoseconds(usage.ru_stime))
    }

    /// The counts between `earlier` and this.
    public func since(_ earlier: EventCounts) -> EventCounts {
        var stolen: Double?
        if let now = stolenTime, let then = earlier.stolenTime { stolen = now - then }
        var moved: Int?
        if let now = migrations, let then = earlier.migrations { moved = now - then }
        return EventCounts(
            voluntarySwitches: voluntarySwitches - earlier.voluntarySwitches,
            involuntarySwitches: involuntarySwitches - earlier.involuntarySwitches,
            minorFaults: minorFaults - earlier.minorFaults,
            majorFaults: majorFaults - earlier.majorFaults,
            userTime: userTime - earlier.userTime, systemTime: systemTime - earlier.systemTime,
            stolenTime: stolen, migrations: moved)
    }

    /// The sum of what two processes met; a count that either lacks is `nil`.
    public func adding(_ other: EventCounts) -> EventCounts {
        var stolen: Double?
        if let mine = stolenTime, let theirs = other.stolenTime { stolen = mine + theirs }
        var moved: Int?
        if let mine = migrations, let theirs = other.migrations { moved = mine + theirs }
        return EventCounts(
            voluntarySwitches: voluntarySwitches + other.voluntarySwitches,
            involuntarySwitches: involuntarySwitches + other.involuntarySwitches,
            minorFaults: minorFaults + other.minorFaults,
            majorFaults: majorFaults + other.majorFaults,
            userTime: userTime + other.userTime, systemTime: systemTime + other.systemTime,
            stolenTime: stolen, migrations: moved)
    }

    private static func nanoseconds(_ time: timeval) -> Double {
        Double(time.tv_sec) * 1e9 + Double(time.tv_usec) * 1e3
    }
}
