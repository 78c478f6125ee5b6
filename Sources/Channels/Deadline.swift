/// Until when an operation waits: a moment on the clock of the channel's atomics, or never.
@frozen @usableFromInline
struct Deadline {
    /// Nanoseconds of that clock; nil where there is no end.
    @usableFromInline let nanoseconds: UInt64?

    /// No end.
    @inlinable static var never: Deadline { Deadline(nanoseconds: nil) }

    @inlinable
    init(nanoseconds: UInt64?) {
        self.nanoseconds = nanoseconds
    }

    /// So long from now: at once where `duration` is not positive, never where it is over 500 years.
    @usableFromInline
    init<Atomics: AtomicsProvider>(after duration: Duration, _: Atomics.Type) {
        // Compared as a whole: the seconds of the longest durations do not fit into 64 bits.
        if duration > Self.longest {
            nanoseconds = nil
        } else if duration <= .zero {
            nanoseconds = 0
        } else {
            let (seconds, attoseconds) = duration.components
            // Rounded up: a wait is never shorter than it was asked to be.
            let rest = (UInt64(attoseconds) + 999_999_999) / 1_000_000_000
            nanoseconds = Atomics.now() + UInt64(seconds) * 1_000_000_000 + rest
        }
    }

    /// 500 years, which count as without end: what is beyond might not fit behind a late now.
    private static var longest: Duration { .seconds(500 * 365 * 86_400) }

    /// Whether it has passed. Reads the clock.
    @inlinable
    func hasPassed<Atomics: AtomicsProvider>(_: Atomics.Type) -> Bool {
        guard let nanoseconds else { return false }
        return Atomics.hasPassed(nanoseconds)
    }
}
