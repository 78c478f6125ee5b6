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

    /// Whether `spins` is the most that a wait polls before the next stage, and how many it does is
    /// learnt from the waits before it (see `AdaptiveWait`). Unless a strategy says so, it is not.
    static var adapts: Bool { get }
}

extension WaitStrategy {
    /// Not unless a strategy says so.
    @inlinable public static var adapts: Bool { false }
}

/// A strategy whose waits end in sleep: the other end looks for sleepers, so that a task can wait
/// as well as a thread.
public protocol ParkingWait: WaitStrategy {}

extension ParkingWait {
    /// Sleeps until woken.
    @inlinable public static var parks: Bool { true }
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
public enum SpinThenPark: ParkingWait {
    /// 400 polls before the next stage.
    @inlinable public static var spins: Int { 400 }
    /// None.
    @inlinable public static var yields: Int { 0 }
}

/// Polls for as long as that has paid lately, at most about 100 µs, then sleeps in the kernel.
///
/// An end that waits begins with the 20 µs of `SpinThenPark`. A wait that needed more than half of
/// its polls is given twice what it needed the next time; one that slept after all is given half.
/// So an end whose waits are short hardly ever sleeps, one whose waits are long, or which shares
/// its core with the other end, sleeps at once; every 64th sleep is followed by a try of 20 µs, so
/// that an end that has given up spinning finds out when it pays again. In the manner of Karlin et
/// al. (see `SpinThenPark`), who found that adapting beats any fixed time.
public enum AdaptiveWait: ParkingWait {
    /// 2000 polls at most before the next stage.
    @inlinable public static var spins: Int { 2000 }
    /// None.
    @inlinable public static var yields: Int { 0 }
    /// As many spins as paid.
    @inlinable public static var adapts: Bool { true }
}
