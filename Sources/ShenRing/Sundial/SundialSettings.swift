public import StateMachines

/// How nodes find out that one of them is gone.
public enum FailureDetection: Hashable, Sendable {
    /// SWIM's: each node probes one other a period, directly and then through helpers.
    case probes(ProbeSettings)
    /// The source document's: each node counts up a heartbeat each period and hands its whole table
    /// around; a member whose heartbeat stands still is suspected. The table makes every message O(n).
    ///
    /// - Parameter silence: how many periods of its own a node waits for a higher heartbeat. Counted in
    ///   periods, so that a node that stood still itself accuses nobody when it comes back.
    case heartbeats(silence: Int)
    /// Nobody looks: news spreads, but nobody is suspected. To study how it spreads.
    case none
}

/// How members are probed.
public struct ProbeSettings: Hashable, Sendable {
    /// How long the answer may take before helpers are asked; positive, and less than the period.
    public var timeout: Span
    /// How many other members are asked to probe in turn; 0 leaves that out.
    public var helpers: Int
    /// The worst local health: periods and timeouts grow by as many times. 0 turns that off.
    public var healthLimit: Int

    /// SWIM's three helpers and Lifeguard's limit of eight, for a period of a second.
    public init(timeout: Span = .milliseconds(500), helpers: Int = 3, healthLimit: Int = 8) {
        self.timeout = timeout
        self.helpers = helpers
        self.healthLimit = healthLimit
    }
}

/// Which way news goes when two nodes talk.
public enum GossipDirection: String, Hashable, Sendable, CaseIterable {
    /// The caller tells what it knows.
    case push
    /// The caller tells what it knows, and hears what the other knows.
    case pushPull = "push-pull"
}

/// How a node takes part in the gossip.
public struct SundialSettings: Sendable {
    /// Which cluster it belongs to; messages of others are refused.
    public var cluster: UInt32 = 0
    /// One more than the greatest number of a node; messages that name a greater one are refused.
    public var capacity = 65_536
    /// The nodes 0..<`members` are taken to be alive from the start; where it is 0, a node knows its
    /// contacts only.
    public var members = 0
    /// Whom to ask when nobody else is known, and to try now and then while they are not.
    public var contacts: [NodeID] = []
    /// Between two rounds of gossip, and two probes.
    public var period = Span.seconds(1)
    /// How it finds out who is gone.
    public var detection = FailureDetection.probes(ProbeSettings())
    /// How long a suspect has to object.
    public var suspicion = SuspicionSettings()
    /// Which way news goes.
    public var direction = GossipDirection.pushPull
    /// How many members it talks to in a period, apart from probes; 0 leaves news to those.
    public var fanout = 3
    /// λ: news is passed on λ·log₂(n+1) times by each node.
    public var retransmissions = 3.0
    /// The most pieces of news in a message; less than `SundialMessage.mostUpdates`. The most that there
    /// may be make a message of 920 bytes with a digest, which no network divides: fewer would only make
    /// whole halves of a cluster that come together wait for their turn.
    public var newsPerMessage = SundialMessage.mostUpdates - 1
    /// Each how many periods tables are compared with a random member's, dead ones included; 0: never.
    public var comparison = 10
    /// How long a dead node or one that left is remembered. More than twice the time that a death
    /// takes to be known by all: who was away for half of it comes back without what it knew.
    public var tombstoneLifetime = Span.seconds(3_600)
    /// Whether incarnations are made durable before they are used.
    public var isDurable = false
    /// Whether the first period begins at the start; otherwise at a random moment within one, so that
    /// nodes that start together do not speak all at once.
    public var isInStep = false

    /// The mistake to make.
    package var planted = Planted<SundialMistake>()

    /// The defaults, for a cluster whose contacts are still to be named.
    public init() {}

    /// Whether it makes this mistake: never, but in builds with planted defects.
    @inline(__always)
    func has(_ mistake: SundialMistake) -> Bool {
        planted.has(mistake)
    }

    /// Whether the source document's heartbeats are in use.
    public var countsHeartbeats: Bool { if case .heartbeats = detection { true } else { false } }

    /// How probing is done; nil where it is not.
    public var probes: ProbeSettings? {
        if case .probes(let probes) = detection { probes } else { nil }
    }

    /// How long tombstones are kept.
    var effectiveTombstoneLifetime: Span {
        has(.forgetsTombstonesEarly) ? period : tombstoneLifetime
    }

    /// Throws what is wrong with the settings, if anything is.
    public func check() throws(SundialError) {
        try require(capacity >= 1 && capacity <= 1 << 24, "capacity", "1...2^24", capacity)
        try require(members >= 0 && members <= capacity, "members", "0...capacity", members)
        try require(period > .zero, "period", "a positive span", period)
        try require(fanout >= 0, "fanout", "0 or more", fanout)
        try require(comparison >= 0, "comparison", "0 or more periods", comparison)
        try require(retransmissions > 0, "retransmissions", "a positive factor", retransmissions)
        try require(
            (1..<SundialMessage.mostUpdates).contains(newsPerMessage), "newsPerMessage",
            "1..<\(SundialMessage.mostUpdates)", newsPerMessage)
        // An age goes over the wire as 32 bits of milliseconds.
        try require(
            tombstoneLifetime > .zero && tombstoneLifetime <= .seconds(86_400 * 24),
            "tombstoneLifetime", "up to 24 days", tombstoneLifetime)
        try require(
            suspicion.patience > 0 && suspicion.stretch >= 1 && suspicion.confirmations >= 0,
            "suspicion", "patience above 0, stretch of 1 or more, confirmations of 0 or more",
            suspicion)
        for contact in contacts {
            try require(contact.place < capacity, "contacts", "numbers below capacity", contact)
        }
        try checkDetection()
    }

    private func checkDetection() throws(SundialError) {
        switch detection {
        case .none: break
        case .heartbeats(let silence):
            try require(silence >= 1, "silence", "1 period or more", silence)
        case .probes(let probes):
            try require(
                probes.timeout > .zero && probes.timeout < period, "timeout",
                "more than none and less than the period", probes.timeout)
            try require(probes.helpers >= 0, "helpers", "0 or more", probes.helpers)
            try require(probes.healthLimit >= 0, "healthLimit", "0 or more", probes.healthLimit)
        }
    }

    private func require(
        _ holds: Bool, _ setting: String, _ expected: String, _ found: some Any & Sendable
    ) throws(SundialError) {
        guard holds else {
            throw SundialError(setting: setting, found: "\(found)", expected: expected)
        }
    }
}

/// A setting that cannot be.
public struct SundialError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The setting's name.
    public let setting: String
    /// What it was.
    public let found: String
    /// What it may be.
    public let expected: String

    /// Says that a setting is what it may not be.
    public init(setting: String, found: String, expected: String) {
        self.setting = setting
        self.found = found
        self.expected = expected
    }

    /// One line: the setting, what was found and what was expected.
    public var description: String { "gossip: \(setting) is \(found); expected \(expected)" }
}
