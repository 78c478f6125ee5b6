import Quantities

/// How long a leader holds its group back for company that was there a moment ago.
///
/// Whoever has just been served comes back in a fraction of the time that a sync takes, but a leader that
/// goes at once meets half of the callers at best: the others are being woken. So, unless a limit was
/// given, it waits for them as long as the sync would take that they would otherwise need: for callers
/// that do not come back, it has then lost as much as it could have won (the rule for renting or buying
/// of Karlin, Manasse, Rudolph and Sleator, "Competitive snoopy caching", 1988).
package struct GroupPatience: Hashable, Sendable {
    /// What was asked for, in nanoseconds; nil where it follows the syncs.
    private let fixed: UInt64?
    private var last: UInt64 = 0
    private var before: UInt64 = 0

    /// One that never waits.
    package static var none: GroupPatience { GroupPatience(.zero) }

    /// One that waits for at most `maxDelay`, or for as long as syncs take where that is nil.
    ///
    /// Precondition: the delay is not negative, and shorter than 11 days.
    package init(_ maxDelay: Nanoseconds?) {
        guard let maxDelay else {
            fixed = nil
            return
        }
        precondition(
            maxDelay.rawValue >= 0 && maxDelay.rawValue < 1e15,
            "a group cannot wait for \(maxDelay)")
        fixed = UInt64(maxDelay.rawValue)
    }

    /// For how many nanoseconds at most the next group waits. Of the last two syncs the faster one
    /// counts: a stall of the device is no reason to be patient.
    package var limit: UInt64 { fixed ?? min(last, before) }

    /// Hears how many nanoseconds a group's write and sync took.
    package mutating func note(syncTook duration: UInt64) {
        before = last
        last = duration
    }
}
