import Randomness
public import StateMachines

/// A node's part as a warden: it watches the replicas, grants them leases, and decides with the other
/// wardens which configuration follows.
///
/// One instance of single-decree Paxos an epoch (Lamport, "Paxos made simple", 2001): the configuration
/// after the last decided one is what a majority accepts in a ballot. It is not kept in a log of an elected
/// leader: a lease has to be held by those whose votes could break it. Each warden grants leases by
/// itself, and accepts no configuration without a member that holds one of *its* leases. Since a lease needs
/// a majority as a configuration does, one warden at least is in both, and a change of leaders has nothing
/// to recover.
public struct ChainWarden: Sendable {
    /// What a warden knows of a replica.
    struct Watched: Sendable {
        let node: NodeID
        var member: ChainMember?
        /// When it was heard of last, by this warden's clock.
        var heardAt: Moment
        /// When it was heard of after a silence, or after it left the chain.
        var steadySince: Moment
        var epoch: UInt64 = 0
        var barred: UInt64 = 0
        var inSync: ChainMember?
        /// Until when it has a lease of this warden.
        var leasedUntil: Moment?
        /// Until when, as somebody said in the present epoch, nothing goes over the link to it.
        var cutOffUntil: Moment?
    }

    /// An attempt to have a configuration decided.
    struct Attempt: Sendable {
        let ballot: ChainBallot
        var proposal: ChainConfiguration
        /// The highest ballot in which a configuration was accepted, of those that promised.
        var highest: ChainBallot?
        var promises: [NodeID] = []
        var acceptances: [NodeID] = []
        var isAccepting = false
        /// Where the record of this warden's own promise stands, until that is durable: it asks nobody
        /// before.
        var opensAt: RecordPosition?
        var repeatAt: Moment
        var giveUpAt: Moment
    }

    /// What must be durable before it is said.
    struct Withheld: Hashable, Sendable {
        let position: RecordPosition
        let receiver: NodeID
        let body: ChainBallotMessage
        let epoch: UInt64
    }

    /// Which node it is.
    public let id: NodeID
    /// The last configuration that it knows to be decided.
    public internal(set) var decided: ChainConfiguration
    let settings: ChainSettings
    /// In the epoch after `decided`: no ballot below this is accepted.
    var promised: ChainBallot?
    /// In the epoch after `decided`: what was accepted.
    var accepted: AcceptedConfiguration?
    /// In the epoch after `decided`: where the records of what it promised and accepted last stand.
    var promiseNoted: (ballot: ChainBallot, position: RecordPosition)?
    var acceptanceNoted: (acceptance: AcceptedConfiguration, position: RecordPosition)?
    /// In the epoch after `decided`: how many of its attempts took too long.
    var overdueAttempts = 0
    /// How far its records are durable.
    var durable: RecordPosition = 0
    /// In the epoch after `decided`: what it would have accepted but for a lease that it granted. It
    /// does not renew that, so that the lease ends, for as long as it is asked.
    var blocked: (proposal: AcceptedConfiguration, until: Moment)?
    /// In the order of the settings.
    var watched: [Watched]
    var attempt: Attempt?
    var withheld: [Withheld] = []
    /// Before this moment leases of its earlier life may hold.
    var quietUntil: Moment
    var wokenAt: Moment
    /// Not to begin an attempt before: it has seen that one is needed since, or another warden is at it.
    var attemptAt: Moment?
    var deferUntil: Moment
    var generator: Xoshiro256StarStar

    init(
        _ id: NodeID, _ settings: ChainSettings, _ memory: WardenMemory,
        _ generator: Xoshiro256StarStar
    ) {
        self.id = id
        self.settings = settings
        self.generator = generator
        decided = memory.decided
        promised = memory.promised
        accepted = memory.accepted
        let never = Moment(nanoseconds: .min)
        watched = settings.replicas.map { Watched(node: $0, heardAt: never, steadySince: never) }
        (quietUntil, wokenAt, deferUntil) = (never, never, never)
    }

    /// Configurations for the epoch after `decided` that it proposes or has accepted: one may have been
    /// decided already.
    public var underWay: [ChainConfiguration] {
        [attempt?.proposal, accepted?.configuration].compactMap { $0 }
    }

    func message(_ body: ChainMessage.Body) -> ChainMessage {
        ChainMessage(body, cluster: settings.cluster)
    }

    /// Where this warden stands among them.
    var rank: Int { settings.wardens.firstIndex(of: id) ?? 0 }

    mutating func start(at now: Moment) {
        // As if all had just been heard of: a warden that comes back must not take those for dead that
        // it has not had time to hear.
        for place in watched.indices {
            watched[place].heardAt = now
            watched[place].steadySince = now
        }
        quietUntil = settings.has(.wardenForgetsLeases) ? now : now + settings.leaseWaited
        wokenAt = now
    }

    mutating func receive(
        _ body: ChainMessage.Body, from sender: NodeID, at now: Moment,
        _ ignored: inout ChainNode.Ignored, _ effects: inout Effects<ChainNode>
    ) {
        switch body {
        case .heartbeat(let heartbeat):
            guard let place = watched.firstIndex(where: { $0.node == sender }),
                heartbeat.member.node == sender
            else { return ignored.unknown += 1 }
            take(heartbeat, of: place, at: now, &effects)
        case .ballot(let ballot):
            guard settings.wardens.contains(sender) else { return ignored.unknown += 1 }
            take(ballot, from: sender, at: now, &ignored, &effects)
        default:
            ignored.misdirected += 1
        }
    }

    mutating func wake(at now: Moment, into effects: inout Effects<ChainNode>) {
        guard now >= nextWake else { return }
        wokenAt = now
        repeatAttempt(at: now, into: &effects)
        considerAttempt(at: now, into: &effects)
    }

    private var nextWake: Moment {
        var next = wokenAt + settings.heartbeat / 2
        if let attempt { next = min(next, attempt.repeatAt) }
        if let attemptAt {
            next = min(next, max(attemptAt, deferUntil, wokenAt + settings.retry / 4))
        }
        return next
    }

    var deadline: Moment? { nextWake }

    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<ChainNode>
    ) {
        durable = max(durable, position)
        openAttempt(at: now, into: &effects)
        guard withheld.contains(where: { $0.position <= position }) else { return }
        for reply in withheld
        where reply.position <= position && reply.epoch == decided.epoch + 1 {
            effects.send(message(.ballot(reply.body)), to: reply.receiver)
        }
        withheld.removeAll { $0.position <= position }
    }
}
