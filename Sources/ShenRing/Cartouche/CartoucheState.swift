import StateMachines

extension Cartouche {
    /// What a node has done in this life.
    public struct Statistics: Hashable, Sendable {
        /// Rights granted.
        public internal(set) var grants = 0
        /// Rights whose end came before their release.
        public internal(set) var ended = 0
        /// Tokens taken over.
        public internal(set) var taken = 0
        /// Copies of tokens that had been taken before.
        public internal(set) var duplicates = 0
        /// Tokens refused, of old epochs or an earlier life.
        public internal(set) var refused = 0
        /// Tokens taken back because the receiver was certain not to have them.
        public internal(set) var takenBack = 0
        /// Tokens sent again for want of an acknowledgement.
        public internal(set) var resent = 0
        /// Leases asked for.
        public internal(set) var renewals = 0
        /// Wants that were said again for want of the token.
        public internal(set) var reminders = 0
        /// Rounds of asking others whether the token is lost.
        public internal(set) var canvasses = 0
        /// Epochs stood for.
        public internal(set) var candidacies = 0
        /// Tokens made.
        public internal(set) var minted = 0
        /// Messages of another ring.
        public internal(set) var foreign = 0
        /// Messages of a version that is not spoken here.
        public internal(set) var otherVersion = 0
        /// Messages that no correct node sends, or that name another sender.
        public internal(set) var malformed = 0
        /// Messages of epochs or rounds that are over.
        public internal(set) var stale = 0
        /// Messages that came before the node was on a ring, or from one that is not.
        public internal(set) var strangers = 0
    }

    /// What the node has promised to the holder of an epoch: to vote for no higher one before `ends`.
    struct Support: Hashable, Sendable {
        var epoch = Epoch.none
        var ends = Moment(nanoseconds: .min)
    }

    /// The token, here.
    struct Holding: Hashable, Sendable {
        var token: Token
        /// This node's place on the token's ring; nil where it minted the token of a ring that it left.
        let place: Int?
        /// Until when the lease lasts, by the own clock; nil without one.
        var lease: Moment?
        /// When the token came.
        let since: Moment
        var grant: Grant?
        /// Whether there was a grant in this visit.
        var isServed = false
        var renewal: Renewal?
        /// Until when the node does not try for a lease again, after it did not get one.
        var forfeited: Moment?
    }

    /// A lease being asked for.
    struct Renewal: Hashable, Sendable {
        let round: UInt64
        let asked: Moment
        /// What clocks the token had stamps of then, by place.
        let stamps: [Stamp?]
        var supporters: [Member] = []
        var due: Moment
        let giveUp: Moment
    }

    /// A token on its way to a member that has not acknowledged it.
    struct Passing: Hashable, Sendable {
        let token: Token
        let receiver: Member
        let lease: Moment?
        var due: Moment
        var interval: Span
    }

    /// A change of the ring that this node sees to.
    struct AwaitedChange: Hashable, Sendable {
        let change: Change
        /// Until when it is meant: a newcomer that is still there asks again, and one that lost its disk
        /// meanwhile must not be let in. nil for what an operator asked for.
        var expires: Moment?

        /// Whom it is to let in; nil where it is to remove somebody.
        var newcomer: Member? {
            if case .add(let newcomer) = change { newcomer } else { nil }
        }
    }

    /// A want that came to a node without the token, and when.
    struct Heard: Hashable, Sendable {
        let want: Want
        let since: Moment
    }

    /// A node that waits for the token, and asks for it.
    struct Pursuit: Hashable, Sendable {
        var round: UInt64 = 0
        var opinions: [Opinion] = []
        /// When to ask again, or to stand for an epoch where `isConfirmed`.
        var next: Moment
        /// Whether a majority said that no lease runs, and nobody that it has the token.
        var isConfirmed = false
        /// For how many rounds somebody said that it has a token which does not come.
        var held = 0
        /// When this node said what it wants to whoever probably had the token; nil where the token itself
        /// says so, which is not lost without being missed.
        var asked: Moment?
        /// When to say it again, and how long was waited for that; nil where all are asked next.
        var reminder: Moment?
        var interval = Span.zero
        /// Whether it was said again.
        var isReminded = false
    }

    /// A node that wants to win an epoch.
    struct Candidacy: Hashable, Sendable {
        enum Stage: Hashable, Sendable {
            case storing
            case asking
            case proposing(Proposal, accepted: [Member])
        }

        let epoch: Epoch
        let succeeds: Epoch
        /// The token that the node gave up for this, for what it knows of the members.
        let legacy: Token?
        let change: Change?
        var stage = Stage.storing
        var votes: [Vote] = []
        var due: Moment
        let expires: Moment
    }

    /// A step that waits for a record.
    struct Awaiting: Hashable, Sendable {
        enum Step: Hashable, Sendable {
            case stand(Epoch)
            case vote(Ballot)
            case accept(Proposal)
            case support(Epoch, round: UInt64, holder: NodeID)
            case take(Token, remaining: Span, sender: NodeID)
            case join
        }

        let position: RecordPosition
        let step: Step
    }
}
