import Hardware

/// How long a requester looks for its answer before it sleeps: as long as has paid lately.
///
/// An answer that came while it looked earns the whole time again; a sleep halves it, and every 64th
/// sleep is followed by a whole try. So who asks a worker that has to be woken first looks until that
/// has happened, and pays for one wake-up instead of two; who asks one that takes longer, or that shares
/// its core, soon sleeps at once, for 3 µs of looking a request.
///
/// - Source: Karlin et al., "Empirical studies of competitive spinning for a shared-memory
///   multiprocessor" (SOSP 1991): looking for as long as sleeping would cost is at most twice as bad as
///   the best. Here what sleeping costs comes on top of the wake-up that the answer has to wait for.
@frozen @usableFromInline
struct ReplyPatience: Sendable {
    /// Nanoseconds to look; `UInt64.max` for ever.
    private(set) var nanoseconds: UInt64
    private var sleeps = 0

    /// Two wake-ups: 33 to 50 µs each were seen, between cores of which one had gone idle.
    private static var most: UInt64 { 100_000 }

    /// Sleeps until a requester that has learnt not to look tries again.
    static var sleepsPerTry: Int { 64 }

    /// Of a requester that has not asked yet.
    init(_ strategy: Profile.WaitStrategy) {
        nanoseconds =
            switch strategy {
            case .busySpin: .max
            case .spinThenYield, .spinThenPark, .adaptive: Self.most
            }
    }

    /// The answer came while the requester looked.
    mutating func wasEnough() {
        nanoseconds = max(nanoseconds, Self.most)
    }

    /// The requester looked in vain, and sleeps.
    mutating func wasInVain() {
        nanoseconds /= 2
        sleeps += 1
        if sleeps == Self.sleepsPerTry {
            sleeps = 0
            nanoseconds = Self.most
        }
    }
}
