public import Randomness
public import StateMachines

/// Membership by gossip: who belongs to the cluster, and who of them is alive, without a coordinator.
///
/// SWIM (Das, Gupta, Motivala, DSN 2002) with Lifeguard's extensions (Dadgar, Phillips, Currey, DSN-W
/// 2018): each period a node probes one other, in turn through helpers; who does not answer is
/// suspected, and dead if it does not object in time, which it does by a higher incarnation. News rides
/// on probes and goes to a few random members each period (Demers et al., PODC 1987), one way or both.
///
/// What differs from the papers:
/// - death is not final: a node that is held dead and is not says so with a higher incarnation, keeping
///   its number (as in memberlist). So sides of a partition come together again;
/// - a node that comes back without a disk begins with incarnation 1, is told what is known of its
///   former life (`correction`), and goes above it. With a disk it goes on above what it used;
/// - the dead and those that left are remembered for a bounded time, by age and not by clock reading;
/// - now and then a node talks to a dead one, chosen as often as there are dead ones among all: with
///   one dead of n about one message a period in the whole cluster, with half of them dead half of the
///   nodes do so each period;
/// - tables are compared by a walk down a tree of fingerprints, so no message grows with the cluster;
/// - a node that notices that it stood still accuses nobody of that time, and one that was away for
///   half of the tombstones' lifetime forgets what it knew and asks anew.
///
/// With `FailureDetection.heartbeats` it does what the source document has instead: no probes, but
/// heartbeats and whole tables, whose messages are O(n). The same merge, suspicion and refutation hold.
///
/// A value; one thread at a time.
public struct Sundial: StateMachine {
    /// What nodes send to each other.
    public typealias Message = SundialMessage
    /// The incarnation, where it has to outlive a crash.
    public typealias Record = SundialRecord
    /// To leave, to come back, to tell something new.
    public typealias Request = SundialRequest
    /// What the node holds others for, and what became of its probes.
    public typealias Event = SundialEvent

    /// Where the node is in its life.
    enum Stage: Hashable, Sendable {
        /// Its incarnation is not durable yet: it keeps silent.
        case starting
        /// It takes part.
        case member
        /// It tells the others that it leaves, for so many more rounds.
        case leaving(rounds: Int)
        /// It left, and answers those alone who ask.
        case gone
    }

    /// Which node this is.
    public let node: NodeID
    /// How it takes part.
    public let settings: SundialSettings
    @usableFromInline var table: MembershipTable
    /// nil unless heartbeats are in use.
    var heartbeats: HeartbeatTable?
    var order: ProbeOrder
    var rumors = Rumors()
    var suspicions = Suspicions()
    var tombstones: Tombstones
    var health: LocalHealth
    var generator: Xoshiro256StarStar
    var stage = Stage.starting
    /// Whom the node knew before it started over; asked like contacts.
    var acquaintances: [NodeID] = []
    /// Until when it takes no message, as what comes may have lain there for long; nil if it takes all.
    var isDeafUntil: Moment?

    var probe: Probe?
    var relays: [Relay] = []
    /// Of the last ping sent.
    var sequence: UInt32 = 0
    var nextProbe: Moment?
    var nextRound: Moment?
    /// When it did anything last.
    var lastStep = Moment(nanoseconds: 0)
    /// Counts rounds of gossip of this life.
    public internal(set) var rounds = 0

    /// The incarnation that is to be used once its record is durable.
    var pending: (position: RecordPosition, incarnation: UInt32)?
    /// The greatest incarnation of former lives that the disk knows of.
    let formerIncarnation: UInt32
    /// What was done and what was refused so far.
    public internal(set) var counts = SundialCounts()

    /// A node that has not started yet.
    ///
    /// - Parameters:
    ///   - node: below `settings.capacity`.
    ///   - settings: which must pass their `check`.
    ///   - recovered: what former lives stored.
    ///   - seed: for all that is random; another for each node and life.
    public init(
        _ node: NodeID, settings: SundialSettings, recovered: [SundialRecord] = [], seed: Seed
    ) {
        do throws(SundialError) {
            try settings.check()
        } catch {
            preconditionFailure(error.description)
        }
        precondition(node.place < settings.capacity, "\(node) of \(settings.capacity) at most")
        self.node = node
        self.settings = settings
        table = MembershipTable(members: settings.members)
        if settings.countsHeartbeats { heartbeats = HeartbeatTable(count: settings.members) }
        order = ProbeOrder(count: settings.members)
        tombstones = Tombstones(lifetime: settings.effectiveTombstoneLifetime)
        health = LocalHealth(limit: settings.probes?.healthLimit ?? 0)
        generator = seed.generator()
        let incarnations = recovered.map { record in
            switch record {
            case .incarnation(let incarnation): incarnation
            }
        }
        formerIncarnation =
            settings.has(.restartForgetsIncarnation) ? 0 : incarnations.max() ?? 0
    }

    /// Whether a node counts as a member now: alive, or suspect and not dead yet. O(1), a load and a
    /// comparison.
    @inlinable
    public func isAlive(_ node: NodeID) -> Bool { table[node].isRunning }

    /// What is known of a node. O(1).
    @inlinable
    public func state(of node: NodeID) -> MemberState { table[node] }

    /// All that are known and what is known of them, by number; this node is among them once it has
    /// started. O(places).
    public var members: [(node: NodeID, state: MemberState)] {
        (0..<table.places).map(NodeID.init(place:)).map { ($0, table[$0]) }
            .filter { $0.1.isKnown }
    }

    /// How many are members now, this node included. O(1).
    public var memberCount: Int { table.running }

    /// How many are known, the dead and those that left included. O(1).
    public var knownCount: Int { table.known }

    /// Equal for nodes that know the same. O(1).
    public var fingerprint: UInt64 { table.fingerprint }

    /// What this node says of itself.
    public var ownState: MemberState { table[node] }

    /// Whether the node has left, or is telling the others that it does.
    public var hasLeft: Bool {
        switch stage {
        case .starting, .member: false
        case .leaving, .gone: true
        }
    }

    /// How ill the node takes itself to be: 0 is healthy.
    public var localHealth: Int { health.score }
}

/// What a node did and refused.
public struct SundialCounts: Hashable, Sendable {
    /// Why a message was not taken.
    public enum Refusal: Int, Hashable, Sendable, CaseIterable {
        /// It is of another cluster.
        case otherCluster
        /// It is of a later version of the protocol.
        case laterVersion
        /// It comes from, or is about, a node whose number is beyond the capacity, or from this node.
        case impossibleNode
        /// It has more updates than a message may have, an incarnation out of range, or a digest that
        /// no table has.
        case malformed
    }

    /// Messages refused, by `Refusal`.
    private var refusals = [Int](repeating: 0, count: Refusal.allCases.count)
    /// Probes that were answered.
    public internal(set) var answeredProbes = 0
    /// Probes that were not.
    public internal(set) var failedProbes = 0
    /// Suspicions or deaths of itself that it refuted.
    public internal(set) var refutations = 0

    /// How many messages were refused for a reason.
    public subscript(refusal: Refusal) -> Int { refusals[refusal.rawValue] }

    mutating func refuse(_ refusal: Refusal) { refusals[refusal.rawValue] += 1 }
}
