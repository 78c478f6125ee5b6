import Randomness
public import StateMachines

/// A node's part as a replica: a place in the chain, the log, and the state that the log led to.
///
/// Each step costs what it brings: nothing here goes through the log. After every input, `settle` does
/// what has become possible: commits, forwards, acknowledges.
public struct ChainReplica: Sendable {
    /// What a replica is in its configuration.
    public enum Role: Hashable, Sendable {
        /// Neither member nor joiner.
        case outside
        /// A member, this far from the head.
        case member(place: Int)
        /// On its way in, behind the tail.
        case joiner
    }

    /// Which node it is.
    public let id: NodeID
    /// The node with its disk.
    public internal(set) var member: ChainMember
    /// The latest configuration that it knows.
    public internal(set) var configuration: ChainConfiguration
    /// What it is in that.
    public internal(set) var role: Role = .outside
    /// The entries that it has, committed or not.
    public internal(set) var log: ChainLog
    /// The state after the last entry that it knows to be committed.
    public internal(set) var state: KeyedState

    let settings: ChainSettings
    let isNew: Bool
    /// The latest epoch of its earlier lives, in which it must not act again.
    let barred: UInt64
    /// Where the record of its configuration stands, until that is durable: it does not act before.
    var entering: RecordPosition?
    /// How far the log is on the disk.
    var disk: DurableTail
    /// How many entries at the end of the log are in no record yet.
    var unrecorded = 0
    /// The last record that was stored, and since when the disk has been at what it is at.
    var written: RecordPosition = 0
    var syncingSince: Moment?

    /// Whether its log follows on that of its predecessor, in this epoch.
    public internal(set) var isAttached = false
    /// How far the head and all nodes before this one have the log durable.
    var upstreamDurable: UInt64 = 0
    /// What the predecessor was told last.
    var told = ChainAcknowledgement(
        epoch: 0, received: 0, durable: 0, committed: 0, misses: false)
    /// Whether the predecessor is to be told again.
    var owesAnswer = false
    /// The last entry before a gap that the predecessor was told of.
    var missReported: UInt64?
    /// When to say hello to the predecessor again, and since when it was said in vain.
    var helloAt: Moment?
    var helloSince: Moment?

    /// The node behind this one, once it said hello.
    var link: ChainLink?
    /// The state that the tail is giving to this node.
    var arriving: ArrivingImage?
    /// A hello that came before this node was attached itself.
    var waitingHello: ChainHello?
    /// Whether the tail commits nothing that the joiner has not, and has promised that to the wardens.
    var waitsForJoiner = false
    var hasPromised = false

    /// Requests in the log that are not committed, at the head.
    var uncommitted = UncommittedRequests()
    /// The last uncommitted entry for a key, by key.
    var dirty: [UInt64: UInt64] = [:]
    var reads = WaitingReads()
    /// What was committed since the state last stood for it in a record.
    var compactionDue = CompactionDue()
    /// Whether entries stay, however many there are.
    var keepsEntries = false
    /// The first entry that was committed in this step: who is told of it looks at the log when the step is over.
    var firstCommitted: UInt64?

    var leases: LeaseLedger
    var heartbeatAt: Moment

    init(
        _ id: NodeID, _ settings: ChainSettings, _ memory: ReplicaMemory,
        _ generator: Xoshiro256StarStar
    ) {
        var generator = generator
        self.id = id
        self.settings = settings
        isNew = memory.disk == nil
        member = ChainMember(node: id, disk: memory.disk ?? generator.next())
        configuration = memory.configuration
        barred = settings.has(.restartedHeadGoesOn) ? 0 : memory.configuration.epoch
        log = memory.log
        state = memory.state
        disk = DurableTail(last: memory.log.last)
        leases = LeaseLedger(
            wardens: settings.wardens.count, firstNumber: generator.next() >> 2)
        heartbeatAt = Moment(nanoseconds: .min)
        while state.applied < memory.committed { applyNext() }
        rebuildDirty()
    }

    /// How far the log is known to be committed.
    public var committed: UInt64 { state.applied }

    /// The last entry that it has durable.
    public var durable: UInt64 { disk.last }

    /// Whether it takes part in its configuration.
    public var isActive: Bool {
        role != .outside && entering == nil && configuration.epoch > barred
    }

    /// Whether it is the member at which writes enter.
    public var isHead: Bool { role == .member(place: 0) }

    /// Whether it is the member that commits writes.
    public var isTail: Bool {
        if case .member(let place) = role { return place == configuration.members.count - 1 }
        return false
    }

    /// Whether it may answer reads: a member whose lease holds by its own clock.
    public func mayAnswer(at now: Moment) -> Bool {
        guard isActive, case .member = role else { return false }
        return leases.holds(at: now) || settings.has(.readsWithoutLease)
    }

    /// The node before this one in the chain.
    public var upstream: ChainMember? {
        switch role {
        case .outside: nil
        case .member(let place): place > 0 ? configuration.members[place - 1] : nil
        case .joiner: configuration.tail
        }
    }

    /// The node behind this one in the chain: the next member, or the joiner behind the tail.
    var downstream: ChainMember? {
        guard case .member(let place) = role else { return nil }
        let next = place + 1
        return next < configuration.members.count
            ? configuration.members[next] : configuration.joiner
    }

    /// What it counts as durable of its own log.
    var counted: UInt64 { settings.has(.durableBeforeSynced) ? log.last : durable }

    /// How far the head and all nodes through this one have the log durable.
    var chainDurable: UInt64 { min(counted, upstreamDurable) }

    func message(_ body: ChainMessage.Body) -> ChainMessage {
        ChainMessage(body, cluster: settings.cluster)
    }

    /// Has a record stored, and says where it stands.
    @discardableResult
    mutating func store(
        _ record: ChainRecord, at now: Moment, _ effects: inout Effects<ChainNode>
    ) -> RecordPosition {
        written = effects.store(record)
        syncingSince = syncingSince ?? now
        return written
    }

    /// Does all that has become possible.
    mutating func settle(at now: Moment, into effects: inout Effects<ChainNode>) {
        record(at: now, into: &effects)
        guard isActive else { return }
        promiseJoiner(at: now, into: &effects)
        if isTail, isAttached { commitAsTail(into: &effects) }
        forward(at: now, into: &effects)
        acknowledge(into: &effects)
        compact(at: now, into: &effects)
    }
}

extension ChainReplica {
    mutating func start(at now: Moment, into effects: inout Effects<ChainNode>) {
        heartbeatAt = now
        if isNew { store(.disk(member.disk), at: now, &effects) }
        if settings.has(.restartedHeadGoesOn), configuration.epoch > 0 {
            resumeWithoutEpoch(at: now, into: &effects)
        }
        wake(at: now, into: &effects)
    }

    /// Takes a message; what it leads to waits for `settle`.
    mutating func absorb(
        _ body: ChainMessage.Body, from sender: NodeID, at now: Moment,
        _ ignored: inout ChainNode.Ignored, _ effects: inout Effects<ChainNode>
    ) {
        switch body {
        case .request(let request):
            take(request, at: now, &ignored, &effects)
        case .hello(let hello):
            guard isOf(hello.epoch, sender, downstream?.node, &ignored) else { return }
            take(hello, at: now, &effects)
        case .forward(let forward):
            guard isOf(forward.epoch, sender, upstream?.node, &ignored) else { return }
            take(forward, at: now, &ignored, &effects)
        case .image(let part):
            guard isOf(part.epoch, sender, upstream?.node, &ignored) else { return }
            take(part, at: now, &ignored, &effects)
        case .imageReceived(let epoch, let applied, let count):
            guard isOf(epoch, sender, downstream?.node, &ignored) else { return }
            takeReceipt(ofImage: applied, count: count, at: now, &ignored, &effects)
        case .acknowledgement(let acknowledgement):
            guard isOf(acknowledgement.epoch, sender, downstream?.node, &ignored) else { return }
            take(acknowledgement, at: now, &effects)
        case .query(let epoch, let round):
            answerQuery(epoch, round, from: sender, &ignored, &effects)
        case .version(let epoch, let round, let committed):
            guard isOf(epoch, sender, configuration.tail?.node, &ignored) else { return }
            take(round, committed: committed, at: now, &effects)
        case .standing(let number, let epoch, let leased):
            takeStanding(number, epoch, leased, from: sender, &ignored, &effects)
        case .answer, .heartbeat, .configuration, .ballot:
            ignored.misdirected += 1
        }
    }

    /// Whether a message along the chain is of the epoch in which this node acts, and of the neighbour
    /// from which it must come; counts it where it is not.
    private func isOf(
        _ epoch: UInt64, _ sender: NodeID, _ neighbour: NodeID?, _ ignored: inout ChainNode.Ignored
    ) -> Bool {
        if settings.has(.epochUnchecked) { return isActive }
        if epoch < configuration.epoch {
            ignored.old += 1
        } else if epoch > configuration.epoch || !isActive {
            ignored.future += 1
        } else if sender != neighbour {
            ignored.unknown += 1
        } else {
            return true
        }
        return false
    }

    mutating func wake(at now: Moment, into effects: inout Effects<ChainNode>) {
        guessEpoch(at: now, into: &effects)
        if now >= heartbeatAt { beat(at: now, into: &effects) }
        if let helloAt, now >= helloAt { sayHello(at: now, into: &effects) }
        askSuccessor(at: now, into: &effects)
        repeatQuery(at: now, into: &effects)
        settle(at: now, into: &effects)
    }

    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<ChainNode>
    ) {
        disk.stored(through: position)
        syncingSince = position < written ? now : nil
        if let waiting = entering, waiting <= position {
            entering = nil
            if configuration.epoch > barred { activate(at: now, into: &effects) }
        }
        settle(at: now, into: &effects)
    }

    var deadline: Moment? {
        var earliest = heartbeatAt
        guard isActive else { return earliest }
        if let helloAt { earliest = min(earliest, helloAt) }
        if let link {
            if isWaiting(on: link) { earliest = min(earliest, link.askAt) }
            if link.image == nil, link.sent < forwardable {
                earliest = min(earliest, link.paceUntil)
            }
        }
        if let retryAt = reads.retryAt { earliest = min(earliest, retryAt) }
        return earliest
    }
}
