/// How a thread gives way to others that are at the same place.
@frozen @usableFromInline
struct Contention<Atomics: AtomicsProvider> {
    @usableFromInline var polls = 0

    @inlinable
    init() {}

    /// Pauses, and pauses and yields, before a thread that waits for another's move leaves the
    /// processor to everybody.
    @inlinable static var pauses: Int { 64 }
    @inlinable static var yields: Int { 320 }

    /// After an exchange that another thread was quicker with: the more often, the longer, so that
    /// the line stays with somebody for several of its operations.
    @inlinable
    mutating func lost() {
        for _ in 0..<(1 &<< min(polls, 4)) { Atomics.pause() }
        polls &+= 1
    }

    /// After a look at what another thread is in the middle of: it has to be running to get on. If
    /// it does not for long, its priority may be lower than this thread's.
    @inlinable
    mutating func isWaiting() {
        polls &+= 1
        if polls < Self.pauses {
            Atomics.pause()
        } else if polls < Self.yields {
            Atomics.yield()
        } else {
            Atomics.nap()
        }
    }
}
