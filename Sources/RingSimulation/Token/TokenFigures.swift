public import StateMachines

/// What a token ring did under load.
public struct TokenFigures: Hashable, Sendable {
    /// How long was measured.
    public var span: Span
    /// How long each grant was waited for, in the order of the grants.
    public var waits: [Span]
    /// How long those had waited who still did when the measurement ended.
    public var unfinished: [Span]
    /// Grants by node, of those with an application.
    public var grants: [Int]
    /// Messages and bytes that all nodes sent.
    public var messages: Int
    /// See `messages`.
    public var bytes: Int
    /// How many times the mean of all nodes the most loaded one sent and received: 1 where all bear the same.
    public var imbalance: Double
    /// What the checkers found wrong: figures of such a run are worth nothing.
    public var violations: [String]

    /// Grants a second.
    public var grantsPerSecond: Double { Double(waits.count) / span.inSeconds }

    /// The mean time from asking to the grant; zero without grants.
    public var meanWait: Span {
        guard !waits.isEmpty else { return .zero }
        return Span(
            nanoseconds: waits.reduce(0) { $0 + $1.nanoseconds } / Int64(waits.count))
    }

    /// The time within which a share of the grants came, by the nearest rank; nil without grants.
    public func wait(within share: Double) -> Span? {
        precondition(share > 0 && share <= 1, "a share of \(share)")
        guard !waits.isEmpty else { return nil }
        let rank = Int((share * Double(waits.count)).rounded(.up))
        return waits.sorted()[max(rank, 1) - 1]
    }

    /// How many waited at a time on average, by Little's law: waits that lie within the span over it.
    public var meanWaiting: Double {
        waits.reduce(0) { $0 + $1.inSeconds } / span.inSeconds
    }

    /// Jain's index of the grants by node: 1 where all had the same, 1/n where one had all (Jain, Chiu and
    /// Hawe, "A quantitative measure of fairness", DEC-TR-301, 1984). 1 without grants.
    public var fairness: Double { Self.jainIndex(of: grants.map(Double.init)) }

    /// Messages for each grant; zero without grants.
    public var messagesPerGrant: Double {
        waits.isEmpty ? 0 : Double(messages) / Double(waits.count)
    }

    /// Jain's index of shares: the square of their sum over n times the sum of their squares.
    public static func jainIndex(of shares: [Double]) -> Double {
        let sum = shares.reduce(0, +)
        let squares = shares.reduce(0) { $0 + $1 * $1 }
        return squares > 0 ? sum * sum / (Double(shares.count) * squares) : 1
    }
}

/// What a token ring did while nobody wanted the token.
public struct TokenIdleFigures: Hashable, Sendable {
    /// Messages that all nodes sent, a second.
    public var messagesPerSecond: Double
    /// A lap of the token; nil where it rested.
    public var lap: Span?
}

/// What a token ring did when the member with the token had crashed.
public struct TokenRecoveryFigures: Hashable, Sendable {
    /// From the crash to the next right that anybody had; nil where nobody had one in time.
    public var time: Span?
    /// Rights that began while another had not ended.
    public var overlaps: Int
    /// Epochs that had more than one token.
    public var epochsTwice: Int
    /// What the checkers found wrong.
    public var violations: [String]

    /// Whether the right was one member's at a time, under one token.
    public var isSafe: Bool { overlaps == 0 && epochsTwice == 0 && violations.isEmpty }
}

/// What a partition did to a token ring and to what it guards.
public struct TokenPartitionFigures: Hashable, Sendable {
    /// Rights granted while the ring was split, on the side of fewer nodes.
    public var grantsOfFewer: Int
    /// Rights granted while the ring was split, on the side of more nodes.
    public var grantsOfMore: Int
    /// Rights that began while another had not ended.
    public var overlaps: Int
    /// The most rights that had not ended at one moment.
    public var holders: Int
    /// Epochs that had more than one token.
    public var epochsTwice: Int
    /// Writes that the resource took after a later one, or under a number that another right had too.
    public var disorders: Int
    /// Writes that the resource refused though their right had not ended, as far as its holder could know:
    /// they are lost to whoever thought to have exclusive access.
    public var lostWrites: Int
    /// Writes that the resource took.
    public var accepted: Int
    /// Tokens a while after the partition was healed.
    public var tokensLeft: Int
    /// What the checkers found wrong; with `alone` that is what it is about.
    public var violations: [String]
}
