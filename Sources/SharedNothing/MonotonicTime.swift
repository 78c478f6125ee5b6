import CNilometerShims

/// A moment on the machine's monotonic clock, which no step of the wall clock moves.
///
/// A value that is handed in, so that policies and detectors run in tests on times of the test's
/// own making.
@frozen
public struct MonotonicTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Nanoseconds since a moment that differs from boot to boot.
    public let nanoseconds: UInt64

    /// The moment `nanoseconds` after the clock's zero.
    @inlinable
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// Reads the clock: about 25 ns, any thread.
    @inlinable
    public static func now() -> MonotonicTime {
        MonotonicTime(nanoseconds: nilometer_monotonic_raw())
    }

    /// Earlier before later.
    @inlinable
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment `span` later. What lies beyond the clock's range becomes its last moment, and
    /// what lies before its zero becomes that.
    public static func + (time: MonotonicTime, span: Duration) -> MonotonicTime {
        // Compared as a whole: the seconds of the longest durations do not fit into 64 bits.
        if span > longest { return MonotonicTime(nanoseconds: .max) }
        if span < .zero - longest { return MonotonicTime(nanoseconds: 0) }
        let (seconds, attoseconds) = span.components
        let added = Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000)
        let sum = Int128(time.nanoseconds) + added
        return MonotonicTime(nanoseconds: UInt64(min(max(sum, 0), Int128(UInt64.max))))
    }

    /// More than the clock's range, of some 585 years.
    private static var longest: Duration { .seconds(600 * 365 * 86_400) }

    /// The time that passed from `earlier` to `later`; negative where it was the other way round.
    public static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
        let difference = Int128(later.nanoseconds) - Int128(earlier.nanoseconds)
        return .nanoseconds(Int64(clamping: difference))
    }

    /// Seconds with nine decimals.
    public var description: String {
        let part = "\(nanoseconds % 1_000_000_000)"
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 9 - part.count)
            + part + " s"
    }
}
