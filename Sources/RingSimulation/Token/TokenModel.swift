public import ShenRing
public import StateMachines

/// What arithmetic says of a token ring, to stand beside what was simulated.
///
/// Delays are taken to be constant and processors free, so it is the limit that a real ring stays below.
public struct TokenModel: Hashable, Sendable {
    /// Members of the ring.
    public var members: Int
    /// Members that want the right again as soon as they gave it back.
    public var contenders: Int
    /// How long a message takes, one way.
    public var delay: Span
    /// How long a right is kept.
    public var hold: Span
    /// How the ring is run.
    public var settings: Cartouche.Settings

    /// A model of a ring.
    public init(
        members: Int, contenders: Int, delay: Span, hold: Span, settings: Cartouche.Settings
    ) {
        self.members = members
        self.contenders = contenders
        self.delay = delay
        self.hold = hold
        self.settings = settings
    }

    /// The time from one grant to the next while all contenders want it: the right is kept, and the token is
    /// passed, over those that do not want it where these are skipped, and through each of them where not.
    /// The share of a renewal is added: a round trip in half a lease.
    public var grantInterval: Span {
        let passes: Double =
            switch settings.order {
            case .skipsIdle: contenders > 1 ? 1 : 0
            case .visitsAll: members > 1 ? Double(members) / Double(max(contenders, 1)) : 0
            }
        let interval = hold + delay.scaled(by: passes)
        guard settings.regeneration == .majority else { return interval }
        let renewal = 2 * delay.inSeconds / (settings.safeLease / 2).inSeconds
        return interval.scaled(by: 1 / max(1 - renewal, 0.01))
    }

    /// Grants a second while all contenders want the right.
    public var grantsPerSecond: Double { 1 / grantInterval.inSeconds }

    /// How long a contender waits from asking to the grant, by the interactive response time law: each has
    /// one grant a lap, and keeps the right for a part of it.
    public var wait: Span { grantInterval * Int64(contenders) - hold }

    /// How many wait at a time, by Little's law.
    public var waiting: Double { grantsPerSecond * wait.inSeconds }

    /// A lap of the token while nobody wants it; nil where it rests.
    public var idleLap: Span? {
        guard case .circulates(let dwell) = settings.idle, members > 1 else { return nil }
        return (delay + dwell) * Int64(members)
    }

    /// A lap in which every contender is granted the right once.
    public var busyLap: Span { grantInterval * Int64(contenders) }

    /// Messages a second while nobody wants the token: each pass and its acknowledgement where it goes
    /// round, two to and from each other member in half a lease where its holder keeps one, else none.
    public var idleMessagesPerSecond: Double {
        switch settings.idle {
        case .circulates(let dwell): members > 1 ? 2 / (delay + dwell).inSeconds : 0
        case .rests(keepsLease: false): 0
        case .rests(keepsLease: true):
            2 * Double(members - 1) / (settings.safeLease / 2).inSeconds
        }
    }

    /// How long a single node waits for a token that nobody else wants, and that rests elsewhere: it asks
    /// for it and gets it. Where the lease has to be renewed first, that is a round trip more.
    public func restingWait(hasLease: Bool) -> Span { delay * (hasLease ? 2 : 4) }
}
