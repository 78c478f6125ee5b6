/// A span of time in whole nanoseconds, up to 292 years either way.
public struct Span: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Nanoseconds; negative spans lead back.
    public let nanoseconds: Int64

    /// A span of so many nanoseconds.
    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// A span of `count` microseconds.
    @inlinable
    public static func microseconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000) }

    /// A span of `count` milliseconds.
    @inlinable
    public static func milliseconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000_000) }

    /// A span of `count` seconds.
    @inlinable
    public static func seconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000_000_000) }

    /// The nearest whole number of nanoseconds. Traps for what is not finite or beyond 292 years.
    @inlinable
    public init(seconds: Double) { nanoseconds = Int64((seconds * 1e9).rounded()) }

    /// No time.
    @inlinable
    public static var zero: Span { Span(nanoseconds: 0) }

    /// Seconds, rounded to what a `Double` holds.
    @inlinable
    public var inSeconds: Double { Double(nanoseconds) / 1e9 }

    /// Orders by length; what leads back comes first.
    @inlinable
    public static func < (left: Span, right: Span) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The sum of both.
    @inlinable
    public static func + (left: Span, right: Span) -> Span {
        Span(nanoseconds: left.nanoseconds + right.nanoseconds)
    }

    /// The difference of both.
    @inlinable
    public static func - (left: Span, right: Span) -> Span {
        Span(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    /// The span `factor` times.
    @inlinable
    public static func * (span: Span, factor: Int64) -> Span {
        Span(nanoseconds: span.nanoseconds * factor)
    }

    /// The span in `divisor` parts, rounded towards zero.
    @inlinable
    public static func / (span: Span, divisor: Int64) -> Span {
        Span(nanoseconds: span.nanoseconds / divisor)
    }

    /// This span times a factor, to the nearest nanosecond.
    @inlinable
    public func scaled(by factor: Double) -> Span {
        Span(nanoseconds: Int64((Double(nanoseconds) * factor).rounded()))
    }

    /// The nanoseconds, with their unit.
    public var description: String { "\(nanoseconds) ns" }
}
