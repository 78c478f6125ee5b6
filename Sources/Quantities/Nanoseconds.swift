/// A span of time in nanoseconds. Fractions of a nanosecond are meaningful: an operation timed in
/// batches can cost 0.9 ns.
public struct Nanoseconds: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many nanoseconds.
    public var rawValue: Double

    /// A span of `rawValue` nanoseconds.
    public init(_ rawValue: Double) { self.rawValue = rawValue }

    /// A span of `seconds` seconds.
    public static func seconds(_ seconds: Double) -> Nanoseconds { Nanoseconds(seconds * 1e9) }
    /// A span of `milliseconds` milliseconds.
    public static func milliseconds(_ milliseconds: Double) -> Nanoseconds {
        Nanoseconds(milliseconds * 1e6)
    }
    /// A span of `microseconds` microseconds.
    public static func microseconds(_ microseconds: Double) -> Nanoseconds {
        Nanoseconds(microseconds * 1e3)
    }
    /// No time.
    public static let zero = Nanoseconds(0)

    /// The span in seconds.
    public var inSeconds: Double { rawValue / 1e9 }

    /// The span in the unit that suits its size.
    public var description: String { Quantity(rawValue, .nanoseconds).description }

    /// Orders by length.
    public static func < (left: Nanoseconds, right: Nanoseconds) -> Bool {
        left.rawValue < right.rawValue
    }
    /// The sum of two spans.
    public static func + (left: Nanoseconds, right: Nanoseconds) -> Nanoseconds {
        Nanoseconds(left.rawValue + right.rawValue)
    }
    /// The difference of two spans; may be negative.
    public static func - (left: Nanoseconds, right: Nanoseconds) -> Nanoseconds {
        Nanoseconds(left.rawValue - right.rawValue)
    }
    /// A span `factor` times as long.
    public static func * (span: Nanoseconds, factor: Double) -> Nanoseconds {
        Nanoseconds(span.rawValue * factor)
    }
    /// A span `divisor` times shorter.
    public static func / (span: Nanoseconds, divisor: Double) -> Nanoseconds {
        Nanoseconds(span.rawValue / divisor)
    }
    /// How many times `divisor` fits into `span`.
    public static func / (span: Nanoseconds, divisor: Nanoseconds) -> Double {
        span.rawValue / divisor.rawValue
    }
}

extension Nanoseconds {
    /// Parses a time with its unit, such as `90s`, `2m` or `500 us`.
    public init(parsing text: String) throws(Quantity.ParseError) {
        let quantity = try Quantity(parsing: text)
        guard let converted = quantity.converted(to: .nanoseconds) else {
            throw .unknownUnit(quantity.unit.symbol, text: text)
        }
        self.init(converted.value)
    }
}
