import Quantities

/// The noise on a fork's cores just before and just after it measured.
public struct ForkNoise: Codable, Hashable, Sendable {
    /// What a doubt begins with when all it says is that processors were taken away or shared.
    public static let doubt = "noisy: "

    /// What one probe found on one core.
    public struct Reading: Codable, Hashable, Sendable {
        /// The core, by the number of its processing unit.
        public let processingUnit: Int
        /// How long the probe watched, in nanoseconds.
        public let duration: Double
        /// The longest time for which the core was away, in nanoseconds.
        public let longestGap: Double
        /// The likely cause of that; `nil` when there was no gap.
        public let cause: JitterCause?
        /// The time that gaps took together, in nanoseconds.
        public let lost: Double

        /// The short form of a probe's reading.
        public init(_ reading: JitterReading) {
            processingUnit = reading.processingUnit
            duration = reading.duration
            longestGap = reading.longestGap
            cause = reading.longestCause
            lost = reading.lost
        }

        /// A reading with these values.
        public init(
            processingUnit: Int, duration: Double, longestGap: Double, cause: JitterCause?,
            lost: Double
        ) {
            self.processingUnit = processingUnit
            self.duration = duration
            self.longestGap = longestGap
            self.cause = cause
            self.lost = lost
        }
    }

    /// A reading for each core, before.
    public let before: [Reading]
    /// The same after.
    public let after: [Reading]

    /// Readings of the same cores before and after.
    public init(before: [Reading], after: [Reading]) {
        self.before = before
        self.after = after
    }

    /// All readings.
    public var readings: [Reading] { before + after }

    /// The share of the probes' time that gaps took; 0 without probes.
    public var lostShare: Double {
        let watched = readings.reduce(0) { $0 + $1.duration }
        return watched > 0 ? readings.reduce(0) { $0 + $1.lost } / watched : 0
    }

    /// The reading with the longest gap.
    public var worst: Reading? { readings.max { $0.longestGap < $1.longestGap } }

    /// How long a fork watches each of its cores, before and after.
    static let watch = Nanoseconds.milliseconds(10)

    /// Watches each of the cores for a moment, one after the other.
    static func readings(on processingUnits: [Int], clock: TickClock) throws -> [Reading] {
        let probe = JitterProbe(clock: clock, duration: watch)
        return try processingUnits.map { Reading(try probe.run(on: $0)) }
    }
}
