/// Whose doing it is that a request started late: the target's, which was still busy with those
/// before it, or the generator's own.
///
/// Beside the run goes one that a perfect generator makes over the same service times: there a
/// request starts when it is meant to, or when the one before it is done (Lindley's recursion: "The
/// theory of queues with a single server", 1952). What a request waits there is the target's part of
/// its lateness; what it waited beyond that is the generator's. So a generator that falls behind by a
/// little each time is blamed for all of it, though the request before was always still in service.
///
/// For one target that serves one request at a time. All in ticks.
public struct LatenessSplit: Sendable {
    /// When the perfect generator's target is done with the last request, in ticks after the start.
    @usableFromInline var done: UInt64 = 0

    /// A split before the first request.
    @inlinable
    public init() {}

    /// The generator's own part of the lateness of a request that was meant to start at `intended`,
    /// started `lateness` later and was in service for `service`. Call once a request, in order.
    @inlinable
    public mutating func own(intended: UInt64, lateness: UInt64, service: UInt64) -> UInt64 {
        let wait = done > intended ? done - intended : 0
        done = intended + wait + service
        return lateness > wait ? lateness - wait : 0
    }
}
