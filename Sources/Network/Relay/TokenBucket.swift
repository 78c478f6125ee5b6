import StateMachines

/// When a link of some rate has let go of what is put on it.
///
/// A token bucket: it fills with the rate, holds one Ethernet frame at most, and bytes leave when as
/// many tokens are there. Kept is not how full it is but when it would be full again, so that nothing
/// has to be done while time passes.
///
/// Source: the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371 (2004), annex A;
/// here what does not conform waits rather than being dropped.
struct TokenBucket {
    /// Bytes that leave at once from a link that was idle.
    static let depth = 1514

    /// When it is full again, if nothing more is taken.
    private var full = Moment(nanoseconds: .min)

    /// When the last of `count` bytes has left that are put on the link now, behind all before them.
    mutating func departure(of count: Int, at now: Moment, rate: Int) -> Moment {
        full = max(full, now) + Self.time(of: count, rate)
        return max(now, full - Self.time(of: Self.depth, rate))
    }

    private static func time(of count: Int, _ rate: Int) -> Span {
        Span(nanoseconds: Int64((Double(count) * 1e9 / Double(rate)).rounded(.up)))
    }
}
