/// A span of time in whole nanoseconds, up to 292 years either way.
public struct Span: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Nanoseconds; negative spans lead back.
    public let nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable
    public static func microseconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000) }

    @inlinable
    public static func milliseconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000_000) }

    @inlinable
    public static func seconds(_ count: Int64) -> Span { Span(nanoseconds: count * 1_000_000_000) }

    /// The nearest whole number of nanoseconds. Traps for what is not finite or beyond 292 years.
    @inlinable
    public init(seconds: Double) { nanoseconds = Int64((seconds * 1e9).rounded()) }

    @inlinable
    public static var zero: Span { Span(nanoseconds: 0) }

    /// Seconds, rounded to what a `Double` holds.
    @inlinable
    public var inSeconds: Double { Double(nanoseconds) / 1e9 }

    @inlinable
    public static func < (left: Span, right: Span) -> Bool { left.nanoseconds < right.nanoseconds }

    @inlinable
    public static func + (left: Span, right: Span) -> Span {
        Span(nanoseconds: left.nanoseconds + right.nanoseconds)
    }

    @inlinable
    public static func - (left: Span, right: Span) -> Span {
        Span(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    @inlinable
    public static func * (span: Span, factor: Int64) -> Span {
        Span(nanoseconds: span.nanoseconds * factor)
    }

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

/// A reading of a node's own clock, in nanoseconds since some moment that only that clock knows.
///
/// Readings of different nodes say nothing about each other.
public struct Moment: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Nanoseconds since the clock's own beginning.
    public let nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable
    public static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    @inlinable
    public static func + (moment: Moment, span: Span) -> Moment {
        Moment(nanoseconds: moment.nanoseconds + span.nanoseconds)
    }

    @inlinable
    public static func - (moment: Moment, span: Span) -> Moment {
        Moment(nanoseconds: moment.nanoseconds - span.nanoseconds)
    }

    /// How long the left one comes after the right one.
    @inlinable
    public static func - (left: Moment, right: Moment) -> Span {
        Span(nanoseconds: left.nanoseconds - right.nanoseconds)
    }

    /// The nanoseconds since the clock's beginning.
    public var description: String { "\(nanoseconds) ns" }
}
