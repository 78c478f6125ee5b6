public import StateMachines

extension Cartouche {
    /// What the nodes of a ring say to each other.
    public struct Message: Hashable, Sendable {
        /// The version of the format that this code speaks.
        public static let version: UInt16 = 1

        /// The ring's name: each resource has a ring of its own.
        public let ring: UInt64
        /// The version of the format.
        public let version: UInt16
        /// What is said.
        public let content: Content

        /// A message of a ring.
        public init(ring: UInt64, version: UInt16 = Message.version, _ content: Content) {
            self.ring = ring
            self.version = version
            self.content = content
        }
    }

    /// What a message says.
    public enum Content: Hashable, Sendable {
        /// A node wants the token. Where the round is above 0, it asks all whether the token is lost.
        case want(Want, round: UInt64, hops: Int)
        /// The answer: what a node knows of the token.
        case opinion(Opinion)
        /// The token, and what is left of its lease now.
        case pass(Token, remaining: Span)
        /// The token came, now or before, and is not needed again.
        case taken(Position)
        /// The token came and was not taken.
        case refused(Position, Refusal)
        /// The holder of the token of an epoch asks to keep off higher ones for a lease.
        case renew(Epoch, round: UInt64)
        /// The member does.
        case renewed(Epoch, round: UInt64, Member)
        /// The member has promised another epoch, of which the second is known to have had a token.
        case outvoted(promised: Epoch, newest: Epoch)
        /// A candidate asks for votes.
        case prepare(Ballot)
        /// A member's vote, which is durable.
        case vote(Vote)
        /// The winner of an epoch proposes the ring's next configuration.
        case propose(Proposal)
        /// The member accepted the proposal of the epoch, durably.
        case accepted(Epoch, Member)
        /// The token of an epoch was minted, and this is the ring.
        case installed(Epoch, Configuration)
        /// A member asks to be let into the ring.
        case admit(Member)
    }

    /// What a node knows of the token, told to one that misses it.
    public struct Opinion: Hashable, Sendable {
        let round: UInt64
        let member: Member
        /// How long it keeps off epochs above the current one.
        let remaining: Span
        /// Whether it has the token.
        let holds: Bool
        /// The epoch that it promised.
        let promised: Epoch
        /// The highest epoch that it knows to have had a token.
        let newest: Epoch
    }

    /// Why a token was not taken.
    public struct Refusal: Hashable, Sendable {
        /// The lowest epoch whose tokens the node takes.
        let floor: Epoch
        /// The highest epoch that it knows to have had a token.
        let newest: Epoch
        /// Whether the node knows that it never took this token, and that it never will: only then does
        /// it still belong to the sender.
        let isCertain: Bool
    }

    /// A candidate and the epoch that it asks for.
    public struct Ballot: Hashable, Sendable {
        let epoch: Epoch
        let candidate: Member
        /// The epoch whose token the candidate had and gave up for this; `none` where it had none. Who
        /// keeps off higher epochs for that token's sake need not any longer.
        let succeeds: Epoch
        /// The version of the configuration that the candidate knows.
        let version: UInt64
    }

    /// A vote, with what the voter knows of the ring.
    public struct Vote: Hashable, Sendable {
        let epoch: Epoch
        let member: Member
        /// The newest configuration that it knows to be agreed on; nil of a member of a proposed one that
        /// knows none yet.
        let chosen: Configuration?
        /// The last that it accepted, and in which epoch.
        let accepted: Accepted?
    }

    /// A configuration that a member accepted.
    public struct Accepted: Hashable, Sendable {
        let epoch: Epoch
        let configuration: Configuration
    }

    /// The next configuration, proposed by the winner of an epoch.
    public struct Proposal: Hashable, Sendable {
        let epoch: Epoch
        let proposer: Member
        let configuration: Configuration
        /// The agreed one before it.
        let base: Configuration
    }
}
