import CNilometerShims
import Quantities

/// The clock of the timing loop: the processor's time-stamp counter where it is invariant,
/// otherwise `clock_gettime(CLOCK_MONOTONIC_RAW)`.
///
/// The counter's rate is calibrated against `CLOCK_MONOTONIC_RAW`; the cost and the resolution of
/// a reading are measured, so that callers can batch what is too short to be timed alone.
public struct TickClock: Sendable {
    /// Which instrument is read.
    public enum Source: String, Codable, Sendable {
        /// The time-stamp counter (`rdtsc`, `cntvct_el0`).
        case timeStampCounter = "tsc"
        /// `clock_gettime(CLOCK_MONOTONIC_RAW)`.
        case monotonicRaw = "clock-monotonic-raw"
    }

    /// What calibration found.
    public struct Calibration: Codable, Hashable, Sendable {
        /// Which instrument is read.
        public let source: Source
        /// Ticks in a nanosecond.
        public let ticksPerNanosecond: Double
        /// Median cost of an empty timed region, in nanoseconds: a begin and an end reading.
        public let regionCost: Double
        /// Smallest difference seen between two successive readings that is not zero, in
        /// nanoseconds.
        public let resolution: Double
    }

    /// What calibration found.
    public let calibration: Calibration

    /// Calibrates for `span` (20 ms by default): longer gives a finer rate.
    public init(calibratingFor span: Nanoseconds = .milliseconds(20)) {
        let usable =
            nilometer_has_tick_counter() != 0 && nilometer_tick_counter_is_invariant() != 0
        let source: Source = usable ? .timeStampCounter : .monotonicRaw
        let rate = usable ? TickClock.measureRate(over: span) : 1
        var costs: [Double] = []
        var resolution = Double.infinity
        for _ in 0..<1001 {
            let start = TickClock.read(source, begin: true)
            let end = TickClock.read(source, begin: false)
            let difference = Double(end &- start) / rate
            costs.append(difference)
            if difference > 0 { resolution = min(resolution, difference) }
        }
        costs.sort()
        calibration = Calibration(
            source: source, ticksPerNanosecond: rate, regionCost: costs[costs.count / 2],
            resolution: resolution)
    }

    /// A reading that opens a timed region: nothing of the region starts before it.
    @inline(__always)
    public func begin() -> UInt64 { TickClock.read(calibration.source, begin: true) }

    /// A reading that closes a timed region: everything of the region is done before it.
    @inline(__always)
    public func end() -> UInt64 { TickClock.read(calibration.source, begin: false) }

    /// The time between two readings.
    public func nanoseconds(from start: UInt64, to end: UInt64) -> Double {
        Double(end &- start) / calibration.ticksPerNanosecond
    }

    private static func read(_ source: Source, begin: Bool) -> UInt64 {
        switch source {
        case .timeStampCounter: begin ? nilometer_ticks_begin() : nilometer_ticks_end()
        case .monotonicRaw: monotonicRaw()
        }
    }

    /// Nanoseconds of `CLOCK_MONOTONIC_RAW`: not slewed by time synchronisation.
    public static func monotonicRaw() -> UInt64 { nilometer_monotonic_raw() }

    /// Ticks in a nanosecond, from the quietest of several paired readings at both ends of `span`.
    private static func measureRate(over span: Nanoseconds) -> Double {
        let first = pairedReading()
        var last = pairedReading()
        while Double(last.nanoseconds - first.nanoseconds) < span.rawValue {
            last = pairedReading()
        }
        return Double(last.ticks - first.ticks) / Double(last.nanoseconds - first.nanoseconds)
    }

    /// The counter and the kernel's clock at one moment: of 16 attempts, the one whose two counter
    /// readings lie closest together, so that an interruption between them spoils nothing.
    private static func pairedReading() -> (ticks: UInt64, nanoseconds: UInt64) {
        var best: (gap: UInt64, ticks: UInt64, nanoseconds: UInt64) = (.max, 0, 0)
        for _ in 0..<16 {
            let before = nilometer_ticks_begin()
            let now = monotonicRaw()
            let after = nilometer_ticks_end()
            if after - before < best.gap {
                best = (after - before, before + (after - before) / 2, now)
            }
        }
        return (best.ticks, best.nanoseconds)
    }
}
