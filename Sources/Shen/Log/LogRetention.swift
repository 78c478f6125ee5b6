public import Quantities
public import StateMachines

/// Which old segments a log may do without. A segment goes when either bound says so, the oldest first, and
/// never the newest one: a log may exceed both bounds by a segment.
public struct LogRetention: Hashable, Sendable {
    /// How many bytes of segments to keep; `nil` for all.
    public var bytes: ByteCount?
    /// How long after its newest record a segment is kept; `nil` for ever.
    public var age: Span?

    /// Keeps as much as both bounds allow.
    public init(bytes: ByteCount? = nil, age: Span? = nil) {
        self.bytes = bytes
        self.age = age
    }
}
