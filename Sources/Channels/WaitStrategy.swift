/// What a sender does while its channel is full, and a receiver while it is empty.
///
/// The names are those of the LMAX Disruptor's wait strategies. The strategy is a type, so that a
/// channel that only spins holds no trace of sleeping: its hot path neither looks for sleepers nor
/// wakes them.
///
/// A wait polls `spins` times with pauses of the processor in between, then `yields` times giving
/// the processor away in between, then sleeps (where `parks`), and starts over when it is woken.
public protocol WaitStrategy: SendableMetatype {
    /// How many polls are separated by nothing but pauses of the processor (about 50 ns each).
    static var spins: Int { get }

    /// How many of the polls after those give the processor to another thread in between.
    static var yields: Int { get }

    /// Whether the wait ends in sleep, so that the other end has to look for sleepers after each
    /// publication. Where this is false, `yields` is in effect without end, or `spins` if
    /// `yields` is 0.
    static var parks: Bool { get }
}

/// Polls without end: the lowest latency, for the price of a core per waiting thread.
public enum BusySpin: WaitStrategy {
    /// Without end.
    @inlinable public static var spins: Int { .max }
    /// None.
    @inlinable public static var yields: Int { 0 }
    /// Never sleeps.
    @inlinable public static var parks: Bool { false }
}

/// Polls for about 10 µs, then gives the processor away between polls: for threads that share
/// cores. A waiting thread still uses whatever time nobody else wants.
public enum SpinThenYield: WaitStrategy {
    /// 200 polls before the next stage.
    @inlinable public static var spins: Int { 200 }
    /// Without end.
    @inlinable public static var yields: Int { .max }
    /// Never sleeps.
    @inlinable public static var parks: Bool { false }
}

/// Polls for about 20 µs, then sleeps in the kernel: an idle channel costs no processor time.
///
/// The spinning lasts about as long as waking a sleeper on another core takes (33 µs were seen),
/// which bounds the cost of a wrong guess to twice the best (Karlin et al., "Empirical studies of
/// competitive spinning for a shared-memory multiprocessor", SOSP 1991).
public enum SpinThenPark: WaitStrategy {
    /// 400 polls before the next stage.
    @inlinable public static var spins: Int { 400 }
    /// None.
    @inlinable public static var yields: Int { 0 }
    /// Sleeps until woken.
    @inlinable public static var parks: Bool { true }
}
