/// What a figure counts: its dimension and its size in that dimension's base unit.
///
/// Figures convert only within a dimension: `us` to `ns`, never `us` to `ops/s`. Counts of
/// different things are different dimensions too (`workers` are not `keys`), so that a claim about
/// one is never judged by a figure about the other.
public struct Unit: Hashable, Sendable, CustomStringConvertible {
    /// What is measured, without regard to scale.
    public enum Dimension: Hashable, Sendable {
        /// Seconds.
        case time
        /// Bytes.
        case information
        /// Events per second; the event is named (`ops`, `msgs`, `lookups` are all operations).
        case frequency
        /// Bytes per second.
        case bandwidth
        /// A pure number: `ratio`, `percent`, `x`.
        case ratio
        /// How many of a named thing there are.
        case count(String)
    }

    /// The spelling that is printed and written to files.
    public let symbol: String
    /// What it measures.
    public let dimension: Dimension
    /// How many base units (seconds, bytes, events per second, 1) one of this unit is.
    public let scale: Double

    init(_ symbol: String, _ dimension: Dimension, _ scale: Double) {
        self.symbol = symbol
        self.dimension = dimension
        self.scale = scale
    }

    /// The symbol.
    public var description: String { symbol }

    /// Whether a value in this unit can be expressed in `other`.
    public func isCommensurable(with other: Unit) -> Bool { dimension == other.dimension }

    /// A count of things that have no unit of their own, such as `workers` or `keys`.
    public static func count(of things: String) -> Unit { Unit(things, .count(things), 1) }
}

extension Unit {
    /// Picoseconds.
    public static let picoseconds = Unit("ps", .time, 1e-12)
    /// Nanoseconds, the unit of times in result files.
    public static let nanoseconds = Unit("ns", .time, 1e-9)
    /// Microseconds, written `us` in files.
    public static let microseconds = Unit("us", .time, 1e-6)
    /// Milliseconds.
    public static let milliseconds = Unit("ms", .time, 1e-3)
    /// Seconds.
    public static let seconds = Unit("s", .time, 1)
    /// Bytes.
    public static let bytes = Unit("B", .information, 1)
    /// Operations per second.
    public static let operationsPerSecond = Unit("ops/s", .frequency, 1)
    /// Messages per second.
    public static let messagesPerSecond = Unit("msgs/s", .frequency, 1)
    /// Bytes per second.
    public static let bytesPerSecond = Unit("B/s", .bandwidth, 1)
    /// Bits per second, as networks are sold.
    public static let bitsPerSecond = Unit("bit/s", .bandwidth, 0.125)
    /// A ratio of two figures of one dimension.
    public static let ratio = Unit("ratio", .ratio, 1)
    /// A hundredth.
    public static let percent = Unit("percent", .ratio, 0.01)

    private static let time: [Unit] = [
        .picoseconds, .nanoseconds, .microseconds, .milliseconds, .seconds,
        Unit("µs", .time, 1e-6), Unit("m", .time, 60), Unit("min", .time, 60),
        Unit("h", .time, 3600), Unit("years", .time, 31_557_600),
    ]

    private static let information: [Unit] = [
        .bytes,
        Unit("kB", .information, 1e3), Unit("KB", .information, 1e3),
        Unit("MB", .information, 1e6), Unit("GB", .information, 1e9),
        Unit("TB", .information, 1e12),
        Unit("KiB", .information, 1024), Unit("MiB", .information, 1_048_576),
        Unit("GiB", .information, 1_073_741_824), Unit("TiB", .information, 1_099_511_627_776),
    ]

    private static let pure: [Unit] = [
        .ratio, .percent, Unit("%", .ratio, 0.01), Unit("x", .ratio, 1),
        Unit("fraction", .ratio, 1), Unit("1", .ratio, 1),
    ]

    /// The units known by spelling, in the order in which an error message offers them.
    public static let known: [Unit] =
        time + information + pure
        + [.bytesPerSecond, .bitsPerSecond, .operationsPerSecond, .messagesPerSecond]
        + ["op/s", "msg/s", "lookups/s", "syncs/s", "ids/s", "/s"].map { Unit($0, .frequency, 1) }

    /// The unit that a document calls `name`: one that is known; a rate, such as `tx/s` or `ids/ms`;
    /// else the count of what it names.
    ///
    /// Complexity: O(number of known units).
    public init(named name: String) {
        if let unit = Unit(symbol: name) {
            self = unit
            return
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, !parts[0].isEmpty, !parts[0].contains(where: \.isWhitespace),
            let time = Unit.time.first(where: { $0.symbol == parts[1] })
        {
            // A whole number where the time is a fraction of a second, which 1 / 1e-9 is not.
            let perSecond = 1 / time.scale
            self = Unit(name, .frequency, time.scale < 1 ? perSecond.rounded() : perSecond)
        } else {
            self = .count(of: name)
        }
    }

    /// The unit spelt `symbol`, or `nil` when no unit is spelt so.
    ///
    /// Complexity: O(number of known units).
    public init?(symbol: String) {
        guard let unit = Unit.known.first(where: { $0.symbol == symbol }) else { return nil }
        self = unit
    }
}
