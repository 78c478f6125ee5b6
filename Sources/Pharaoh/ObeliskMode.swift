import Quantities
import Storage

/// How many values a sequencer makes durable ahead, and so how many a crash may skip.
public struct ObeliskReservation: Hashable, Sendable {
    /// How many values are reserved at once, at least.
    let count: UInt64
    /// How many at most.
    let most: UInt64
    /// Whether a thread reserves the next ones before the last is used up.
    let isAhead: Bool

    /// Reserves `count` values at once: a crash skips at most so many.
    ///
    /// - Parameters:
    ///   - count: from 1 to 2^40.
    ///   - most: lets the reservation grow to so many while the values go faster than syncs, and
    ///     shrink again: a crash then skips at most so many. By default it does not grow.
    ///   - isAhead: has a thread of the sequencer's own reserve the next half of the values when
    ///     half of them are used up, so that no caller waits for a sync unless the values go faster
    ///     than that. Ignored where one value is reserved at a time.
    public static func values(
        _ count: UInt64, growingTo most: UInt64? = nil, ahead isAhead: Bool = false
    ) -> ObeliskReservation {
        ObeliskReservation(count: count, most: most ?? count, isAhead: isAhead)
    }

    private init(count: UInt64, most: UInt64, isAhead: Bool) {
        precondition(
            count >= 1 && most >= count && most <= 1 << 40, "a reservation of \(count)...\(most)")
        self.count = count
        self.most = most
        self.isAhead = isAhead && count > 1
    }
}

/// What a sequencer for many threads does for a value. The guarantee is the same in every mode.
public enum ObeliskMode: Hashable, Sendable {
    /// Extends the file by one and syncs it, for each value: callers take turns.
    case each
    /// As `each`, but callers that come together share an extension and its sync.
    ///
    /// A group gathers while the one before it is being synced, and is held back for at most
    /// `maxDelay`, and only while fewer callers have come than there were at once around the last
    /// group. With a delay of nil it is held back for no longer than a sync takes here, with zero not
    /// at all.
    case group(maxDelay: Nanoseconds?)
    /// Gives values out of memory that were reserved ahead.
    case reserve(ObeliskReservation)
}

extension ObeliskMode {
    /// How the horizon is moved that callers wait for.
    var rule: HorizonRule {
        switch self {
        case .each:
            return HorizonRule(reach: HorizonReach(1, growingTo: 1, surplus: .none))
        case .group(let maxDelay):
            return HorizonRule(
                reach: HorizonReach(1, growingTo: 1, surplus: .none),
                patience: GroupPatience(maxDelay))
        case .reserve(let reservation):
            return HorizonRule(
                reach: HorizonReach(
                    reservation.count, growingTo: reservation.most, surplus: .rest),
                isAhead: reservation.isAhead)
        }
    }
}
