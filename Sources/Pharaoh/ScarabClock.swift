import CNilometerShims
import Glibc

/// What time it is, for IDs: a wall clock, which may be set back or stand still.
public protocol ScarabClock: Sendable {
    /// How many IDs may be made between two readings as long as `hint` stays the same.
    var idsPerReading: Int { get }

    /// Nanoseconds since 1970-01-01 00:00 UTC.
    func now() -> UInt64

    /// A number that is cheap to come by: as long as it is what it was before a reading of `now`,
    /// that reading is good enough.
    func hint() -> UInt64

    /// Waits for about so many nanoseconds.
    func nap(_ nanoseconds: UInt64)
}

extension ScarabClock {
    /// Sleeps, or spins where the wait is shorter than waking up takes.
    public func nap(_ nanoseconds: UInt64) {
        guard nanoseconds < 5_000 else {
            var time = timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
            // The structure is valid for the call; one that a signal ends early is made again by
            // who looks at the clock.
            unsafe nanosleep(&time, nil)
            return
        }
        let end = monotonicNanoseconds() + nanoseconds
        while monotonicNanoseconds() < end { nilometer_pause() }
    }
}

/// The wall clock, read for every ID: about 25 ns. The time of an ID is that of the call.
public struct WallClock: ScarabClock {
    /// The clock of this machine.
    public init() {}

    /// As many as there are in a millisecond.
    @inlinable
    public var idsPerReading: Int { .max }

    /// Nanoseconds since 1970-01-01 00:00 UTC.
    @inlinable
    public func now() -> UInt64 { WallClock.read(CLOCK_REALTIME) }

    /// The millisecond.
    @inlinable
    public func hint() -> UInt64 { now() / 1_000_000 }

    @inlinable @inline(__always)
    static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        // The structure is valid for the call, which cannot fail for the clocks in use here.
        unsafe clock_gettime(clock, &time)
        return UInt64(bitPattern: Int64(time.tv_sec)) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

/// The wall clock, read for every 16th ID and after each of the kernel's ticks: about 5 ns an ID.
///
/// The time of an ID is at most a tick (1 to 10 ms, by the kernel's configuration) and 16 IDs
/// earlier than the call, whichever is less. Uniqueness and order do not depend on it.
public struct TickingWallClock: ScarabClock {
    /// The clock of this machine.
    public init() {}

    /// Sixteen: a reading then costs each about as much as the look at the tick.
    @inlinable
    public var idsPerReading: Int { 16 }

    /// Nanoseconds since 1970-01-01 00:00 UTC.
    @inlinable
    public func now() -> UInt64 { WallClock.read(CLOCK_REALTIME) }

    /// When the kernel's last tick was.
    @inlinable
    public func hint() -> UInt64 { WallClock.read(CLOCK_REALTIME_COARSE) }
}
