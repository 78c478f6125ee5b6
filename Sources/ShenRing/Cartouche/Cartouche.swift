public import Randomness
public import StateMachines

/// Mutual exclusion by a token that goes round a ring.
///
/// A node that has the token may be granted the right, one grant a visit while others wait, so that each
/// waits for a lap at most. What keeps it correct, from the inside out:
///
/// 1. **Within an epoch** there is one token. It is passed until it is acknowledged, and each pass has a
///    position (`Position`): copies are known by it. Nobody takes a token back that may have arrived.
///    A node that restarts takes no token of an epoch in which it may have had one before.
/// 2. **A lost token** is replaced in a higher epoch. Its candidate first hears from a majority that no
///    lease runs, then asks for votes; a vote is durable before it is given, and there is one an epoch.
///    Who has voted neither passes on nor takes tokens of lower epochs.
/// 3. **A right has an end**, by the holder's own clock, and that end lies within a lease: a majority has
///    promised not to vote for higher epochs for a span by their own clocks. So no two rights overlap
///    while clocks drift no more than `Settings.drift`, whatever else fails (Gray and Cheriton,
///    "Leases", SOSP 1989).
/// 4. **Fencing numbers** (`FencingNumber`) order grants over all epochs. Point 3 is about rights, not
///    about writes that are under way when a right ends, nor about clocks that leap; at the resource, order
///    comes from `FencedResource` alone.
/// 5. **The ring itself** changes by one member at a time, in an epoch of its own: the winner proposes
///    the next configuration, which holds when majorities of the ring before and after have accepted
///    it. Winners take over what may have been agreed on before them (Lamport, "The part-time parliament",
///    TOCS 1998; joint majorities as in Ongaro and Ousterhout 2014, section 6). A node that lost its disk is
///    another `Member`.
///
/// An idle token rests where it is and nothing is sent; a lost one is missed by the next node that wants it.
/// A holder that has to leave its epoch (to change the ring, or to let in nodes that take tokens of higher
/// epochs only) gives its token up first and stands for the next epoch at once: since no right can be
/// under way, no lease has to run out.
///
/// A step costs O(n) for n members at most; a pass costs as much to copy the token.
public struct Cartouche: StateMachine {
    /// What the application on a node asks for.
    public enum Request: Hashable, Sendable {
        /// This node is one of the founders of a ring; all are told the same, once.
        case found(Configuration)
        /// This node, which is on no ring, wants to be let into that of its contacts.
        case join
        /// The ring is to change; this member sees to it, and has to be asked again after a restart.
        case change(Change)
        /// The right is wanted, once, under this number of the application's own.
        case acquire(UInt64)
        /// It is not wanted any more, where it has not been granted.
        case withdraw(UInt64)
        /// The right is not needed any more.
        case release(FencingNumber)
    }

    /// What the application is told.
    public enum Event: Hashable, Sendable {
        /// The right is the application's, until its own clock reads the grant's end.
        case granted(Grant)
        /// A right's end came before it was released: it must not be used.
        case ended(Grant)
        /// This node made the first token of an epoch.
        case minted(Epoch)
        /// The ring is this one now.
        case ringChanged(Configuration)
        /// The node is on the ring no longer; what it waited for under these numbers will not come.
        case left(waiting: [UInt64])
        /// The request makes no sense here: founding twice, joining where the node is a member, asking for
        /// the right without being one.
        case refused(Request)
    }

    /// A right, with its end.
    public struct Grant: Hashable, Sendable {
        /// The number under which it was asked for.
        public let ticket: UInt64
        /// What goes with every write.
        public let number: FencingNumber
        /// When it ends, by the node's own clock, unless it is released before.
        public let until: Moment
    }

    typealias Outbox = Effects<Cartouche>

    /// This node.
    public let node: NodeID
    /// How the ring is run.
    public let settings: Settings
    /// What the node has done, counted since it started.
    public internal(set) var statistics = Statistics()

    var generator: Xoshiro256StarStar
    var memory: Memory
    /// Tokens of epochs up to this one may have been here in an earlier life.
    let barred: Epoch
    /// Drawn in each life, to know own stamps.
    let life: UInt64

    /// The last token that was here, in this life.
    var seen = Position.none
    /// The highest epoch that is known to have had a token.
    var newest = Epoch.none
    /// The highest epoch that was heard of.
    var horizon = Epoch.none
    var support = Support()
    var holding: Holding?
    var passing: Passing?
    var candidacy: Candidacy?
    var pursuit: Pursuit?
    /// How long the token takes to come, once asked for.
    var waits = WaitEstimate()
    /// Where the token probably is.
    var trail: NodeID?
    /// Whether a token that was passed on says that this node wants it.
    var isAnnounced = false
    /// Rounds of questions, counted over all kinds of them.
    var rounds: UInt64 = 0

    /// What the application waits for, the oldest first.
    var tickets: [UInt64] = []
    /// Changes of the ring that this node is to see to.
    var changes: [AwaitedChange] = []
    /// Wants that came here while the token was elsewhere.
    var heard: [Heard] = []
    /// When to ask to be let in again; nil where the node does not ask.
    var joining: Moment?

    /// Steps that wait for records, by position.
    var awaiting: [Awaiting] = []
    /// Up to where records are durable, and where the last promise is.
    var durable: RecordPosition = 0
    var promisePosition: RecordPosition = 0

    /// A node in a new life.
    ///
    /// - Parameters:
    ///   - recovered: what its disk holds of earlier lives, in order.
    ///   - seed: different in each life.
    ///
    /// - Precondition: `Settings.validate` finds nothing wrong.
    public init(node: NodeID, settings: Settings, recovered: [Record] = [], seed: Seed) {
        do throws(CartoucheError) {
            try settings.validate()
        } catch { preconditionFailure("\(error)") }
        self.node = node
        self.settings = settings
        generator = seed.generator()
        life = generator.next()
        memory = Memory(recovered)
        barred = settings.has(.takesOldEpochAfterRestart) ? .none : memory.promised
    }

    /// This node as a voter; nil where it has no disk of a ring yet.
    public var member: Member? { memory.disk.map { Member(node, disk: $0) } }

    /// Whether the node is on the ring, as far as it knows.
    public var isMember: Bool {
        guard let member else { return false }
        return memory.chosen?.contains(member) ?? false
    }

    /// The ring, as far as the node knows; nil where it knows none.
    public var configuration: Configuration? { memory.chosen }

    /// A later ring that this node accepted, and that may or may not be agreed on; nil where it accepted none.
    public var proposed: Configuration? {
        guard let accepted = memory.accepted?.configuration else { return nil }
        return accepted.version > memory.chosen?.version ?? 0 ? accepted : nil
    }

    /// Changes of the ring that this node sees to, the oldest first.
    public var pendingChanges: [Change] { changes.map(\.change) }

    /// Where the token is on its way, where this node has it; nil elsewhere.
    public var heldToken: Position? { holding?.token.position }

    /// The position of a token that the node passed on and that was not acknowledged; nil without one.
    public var passedToken: Position? { passing?.token.position }

    /// Whom the node passed that token to.
    public var passedTo: NodeID? { passing?.receiver.node }

    /// The position of the last token that the node had in this life.
    public var lastToken: Position { seen }

    /// Whether the node has the token and waits for a lease.
    public var isAskingForLease: Bool { holding?.renewal != nil }

    /// Whether all that the node promised is on its disk.
    public var isDurable: Bool { promisePosition <= durable }

    /// The right that the node has; nil without one.
    public var grant: Grant? { holding?.grant }

    /// How many of the application's requests wait.
    public var waiting: Int { tickets.count }
}
