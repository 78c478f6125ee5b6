import Simulation
public import StateMachines

/// A protocol that can be run under a plan of faults, by name.
public enum SimulatedProtocol: String, Hashable, Sendable, CaseIterable {
    /// Membership by gossip: Sundial.
    case gossip
    /// Mutual exclusion by a token: Cartouche.
    case token
    /// Chain replication: Ouroboros.
    case chain
    /// Replication by majorities.
    case quorum
    /// Identifiers from services that do not talk to each other.
    case coordinators
    /// Versions of a ring that spread among its members: Ankh.
    case ring

    /// How many members there are where nobody says.
    public var usualNodes: Int {
        switch self {
        case .gossip: 100
        case .token, .chain, .quorum: 3
        case .coordinators: 8
        case .ring: 100
        }
    }

    /// How many members there may be: what one process can simulate in seconds to a minute.
    public var possibleNodes: ClosedRange<Int> {
        switch self {
        case .gossip: 1...10_000
        case .token: 1...1_000
        case .chain, .quorum: 1...31
        case .coordinators: 1...1_024
        case .ring: 1...5_000
        }
    }

    /// Whom a crash can be for by what they do; `random` for all.
    public var roles: [CrashRole] {
        switch self {
        case .gossip, .coordinators, .ring: [.random]
        case .token: [.random, .holder]
        case .chain: [.random, .head, .middle, .tail]
        case .quorum: [.random, .leader]
        }
    }

    /// Why the protocol promises nothing under a fault; nil where it does.
    func excuse(for fault: Fault) -> String? {
        switch (fault, self) {
        case (.crash(_, disk: .loses), .quorum), (.crash(_, disk: .loses), .token),
            (.crash(_, disk: .loses), .coordinators), (.crash(_, disk: .loses), .ring),
            (.crash(_, disk: .loses), .chain):
            "\(rawValue) promises nothing of members that come back without their disks"
        case (.clock, .token), (.clock, .chain):
            "\(rawValue) promises nothing when clocks leap, since its leases go by them"
        default: nil
        }
    }
}

/// Whom a crash is for, by what it does at that moment.
public enum CrashRole: String, Hashable, Sendable, CaseIterable {
    /// Any member that runs, drawn from the seed.
    case random
    /// Whoever has the token.
    case holder
    /// The first, a middle and the last member of the chain.
    case head, middle, tail
    /// The leader of the last term.
    case leader
}

/// A crash of whoever has a role when it comes.
///
/// Where nobody has the role at that moment it comes as soon as somebody does, by the millisecond.
public struct RoleCrash: Hashable, Sendable {
    /// Whose.
    public var role: CrashRole
    /// When, counted from the beginning of the load.
    public var after: Span
    /// How long the node is down; nil for good.
    public var lasting: Span?

    /// A crash of whoever has `role`.
    public init(_ role: CrashRole, after: Span, lasting: Span?) {
        (self.role, self.after, self.lasting) = (role, after, lasting)
    }
}
