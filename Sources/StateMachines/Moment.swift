/// A reading of a node's own clock, in nanoseconds since some moment that only that clock knows.
///
/// Readings of different nodes say nothing about each other.
public struct Moment: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Nanoseconds since the clock's own beginning.
    public let nanoseconds: Int64

    /// The reading so many nanoseconds after the clock's beginning.
    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Orders readings of one clock: earlier ones first.
    @inlinable
    public static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The reading this much later.
    @inlinable
    public static func + (moment: Moment, span: Span) -> Moment {
        Moment(nanoseconds: moment.nanoseconds + span.nanoseconds)
    }

    /// The reading this much earlier.
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
