import ShenRing
public import Simulation
public import StateMachines

/// What the applications of a token ring do: each waits, asks for the right, writes to the resource while it
/// has it, gives it back, and begins again.
public struct TokenLoad: Hashable, Sendable {
    /// How many of the first nodes have an application.
    public var applications: Int
    /// How long an application waits between giving the right back and asking again.
    public var thinking: DelayDistribution
    /// How long it keeps a right, unless its end comes first.
    public var holding: DelayDistribution
    /// How many writes it makes meanwhile, evenly spread from the grant on.
    public var writes: Int
    /// How long a write takes to the resource.
    public var delay: DelayDistribution
    /// The share of writes that are late by `lateness` on top, as by a pause between the last look at the
    /// clock and the sending.
    public var late: Double
    /// How late those are.
    public var lateness: DelayDistribution

    /// Applications that ask again at once, keep a right for a millisecond and write once.
    public init(
        applications: Int, thinking: DelayDistribution = .constant(.zero),
        holding: DelayDistribution = .constant(.milliseconds(1)), writes: Int = 1,
        delay: DelayDistribution = .uniform(.microseconds(200), .microseconds(400)),
        late: Double = 0, lateness: DelayDistribution = .exponential(mean: .milliseconds(50))
    ) {
        self.applications = applications
        self.thinking = thinking
        self.holding = holding
        self.writes = writes
        self.delay = delay
        self.late = late
        self.lateness = lateness
    }
}

/// An application on a node of a token ring.
struct TokenApplication {
    /// A right that it has, and what it still means to do with it.
    struct Use {
        let grant: Cartouche.Grant
        let began: Moment
        /// Writes to come.
        var writes: Int
    }

    /// Counts lives and rights, so that alarms of earlier ones are known.
    var generation = 0
    /// Since when it waits for the right; nil while it does not.
    var asked: Moment?
    var use: Use?
    /// Alarms that came while its node was frozen.
    var postponed: [TokenAlarm] = []
    var ticket: UInt64 = 0
    /// When the right was last granted to it.
    var lastGrant: Moment?
}

/// What an alarm of the world is about.
enum TokenAlarm {
    /// An application asks for the right.
    case ask(NodeID, generation: Int)
    /// It writes.
    case write(NodeID, generation: Int)
    /// It gives the right back.
    case release(NodeID, generation: Int)
    /// A write reaches the resource.
    case arrival(FencingNumber, NodeID, ofRight: Int)
    /// The operator does this.
    case operate(TokenOperation)
    /// Something that the driver of the world waits for.
    case mark
}

/// What befalls a node because it has the token.
enum TokenStrike: Hashable {
    /// It is cut off for a time.
    case isolate(Span)
    /// It crashes, and starts again after a time too short for anybody to notice.
    case crash(Span)
    /// It crashes and loses its disk, and starts again as soon.
    case forget(Span)
    /// All others crash and start again, while it is cut off for a longer time.
    case blackout(Span, cutOff: Span)
    /// It crashes while its disk is behind, before anybody hears what it said last, and starts again.
    case tear(Span, cutOff: Span)
    /// It is frozen while it waits for a lease, and cut off as soon as the answers are there.
    case pause(Span, cutOff: Span)
}

/// What an operator does to a ring.

enum TokenOperation: Hashable {
    /// Has a member see to it that a node leaves.
    case remove(NodeID, asking: NodeID)
    /// Has a node ask to be let in.
    case join(NodeID)
    /// Crashes a node and takes its disk away, where the ring can bear it, and starts it again after a time.
    case loseDisk(NodeID, downFor: Span)
    case restart(NodeID)
    /// Has whoever has the token meet with what is worst for it; nobody may, for a while, so it is tried
    /// until a moment.
    case strike(TokenStrike, until: Moment)
    /// Ends a partition.
    case heal
    /// Cuts a node off for a time.
    case cutOff(NodeID, for: Span)
    /// Ends a freeze.
    case thaw(NodeID)
    /// Has every node that runs and is on no ring join, now and every so often until a moment.
    case gather(every: Span, until: Moment)
}
