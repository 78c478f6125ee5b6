import StateMachines

/// What a member knows of its lease: a promise of a majority of the wardens that no configuration without
/// it is decided before a moment.
///
/// A lease counts from when the heartbeat that it answers was *sent*, which is before the warden that
/// grants it begins to count. With clocks whose rates differ from true time by `drift` at most, the
/// member's `lease·(1 − drift)` is over before the warden's `lease·(1 + drift)`.
struct LeaseLedger: Sendable {
    /// The number of the last round of heartbeats.
    private(set) var number: UInt64
    /// When the last rounds were sent, newest last.
    private var rounds: [Moment] = []
    /// By place of the warden, when the newest heartbeat that it granted a lease for was sent.
    private var granted: [Moment?]
    /// The lease holds before this moment; nil where there never was one.
    private(set) var end: Moment?

    /// Older rounds are forgotten: a grant that took that long is worth nothing.
    private static let remembered = 16

    init(wardens: Int, firstNumber: UInt64) {
        number = firstNumber
        granted = Array(repeating: nil, count: wardens)
    }

    /// Begins a round of heartbeats, and says its number.
    mutating func begin(at now: Moment) -> UInt64 {
        number += 1
        if rounds.count == Self.remembered { rounds.removeFirst() }
        rounds.append(now)
        return number
    }

    /// A warden has granted a lease for the heartbeat of a round.
    mutating func grant(_ round: UInt64, by place: Int, majority: Int, span: Span) {
        guard round <= number, number - round < UInt64(rounds.count) else { return }
        let sent = rounds[rounds.count - 1 - Int(number - round)]
        if let before = granted[place], before >= sent { return }
        granted[place] = sent
        // The newest moment that a majority has granted from.
        let moments = granted.compactMap { $0 }.sorted(by: >)
        if moments.count >= majority { end = moments[majority - 1] + span }
    }

    /// Whether the lease holds.
    func holds(at now: Moment) -> Bool {
        guard let end else { return false }
        return now < end
    }
}
