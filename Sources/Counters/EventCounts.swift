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

    /// The counts since the process (or, for stolen time, the machine) started.
    public static func current() -> EventCounts {
        var usage = rusage()
        // SAFETY: `usage` outlives the call, which writes nothing else.
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return EventCounts(
            voluntarySwitches: usage.ru_nvcsw, involuntarySwitches: usage.ru_nivcsw,
            minorFaults: usage.ru_minflt, majorFaults: usage.ru_majflt,
            userTime: nanoseconds(usage.ru_utime), systemTime: nanoseconds(usage.ru_stime),
            stolenTime: StolenTime.read())
    }

    /// The counts between `earlier` and this.
    public func since(_ earlier: EventCounts) -> EventCounts {
        var stolen: Double?
        if let now = stolenTime, let then = earlier.stolenTime { stolen = now - then }
        return EventCounts(
            voluntarySwitches: voluntarySwitches - earlier.voluntarySwitches,
            involuntarySwitches: involuntarySwitches - earlier.involuntarySwitches,
            minorFaults: minorFaults - earlier.minorFaults,
            majorFaults: majorFaults - earlier.majorFaults,
            userTime: userTime - earlier.userTime, systemTime: systemTime - earlier.systemTime,
            stolenTime: stolen)
    }

    /// The sum of what two processes met; a count that either lacks is `nil`.
    public func adding(_ other: EventCounts) -> EventCounts {
        var stolen: Double?
        if let mine = stolenTime, let theirs = other.stolenTime { stolen = mine + theirs }
        return EventCounts(
            voluntarySwitches: voluntarySwitches + other.voluntarySwitches,
            involuntarySwitches: involuntarySwitches + other.involuntarySwitches,
            minorFaults: minorFaults + other.minorFaults,
            majorFaults: majorFaults + other.majorFaults,
            userTime: userTime + other.userTime, systemTime: systemTime + other.systemTime,
            stolenTime: stolen)
    }

    private static func nanoseconds(_ time: timeval) -> Double {
        Double(time.tv_sec) * 1e9 + Double(time.tv_usec) * 1e3
    }
}

/// The steal column of `/proc/stat`.
public enum StolenTime {
    /// Nanoseconds stolen from all processors since boot, or `nil` where it cannot be read.
    public static func read() -> Double? {
        guard let text = readStart(of: "/proc/stat") else { return nil }
        return parse(text, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The eighth value of the `cpu` line, in nanoseconds (`man 5 proc_stat`); `nil` when the line
    /// or the column is missing.
    public static func parse(_ text: String, ticksPerSecond: Int) -> Double? {
        guard ticksPerSecond > 0,
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") })
        else { return nil }
        let fields = line.split(separator: " ")
        guard fields.count > 8, let ticks = Double(fields[8]) else { return nil }
        return ticks / Double(ticksPerSecond) * 1e9
    }

    private static func readStart(of path: String) -> String? {
        // SAFETY: the path is copied by the kernel during the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        // SAFETY: the buffer is valid for the closure, and its own size is passed.
        let length = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        }
        return length > 0 ? String(decoding: bytes.prefix(length), as: UTF8.self) : nil
    }
}
