import ShenRing
public import StateMachines

/// A replica of a log that gets what it lacks from the others: a `ShenPartition`, and the copying of records
/// that no entry tells any more.
///
/// The shell stores what it is told in the order of the events, and answers two of them: `.wanted`, with
/// `.give` if it has stored so much, and `.copied`, with `.took` once that is stored. Each is answered after
/// everything that was told before is stored.
///
/// Who lacks records asks one replica after the other until one gives them, a part at a time. Nobody is told
/// what is copied to whom: parts that come twice, or late, are passed over by their offset.
public struct LogReplica<Protocol: AgreedLog>: StateMachine {
    /// What replicas say.
    public typealias Message = LogMessage<Protocol.Message>
    /// What is made durable: the protocol's records.
    public typealias Record = Protocol.Record

    /// What the shell asks for.
    public enum Request: Sendable {
        /// Something that the partition is asked for.
        case partition(ShenPartition<Protocol>.Request)
        /// Sends records to a replica that wants them.
        case give(RecordCopy, to: NodeID)
        /// The records that were told by `.copied` are stored, so that the log's end is this offset now; the
        /// image of the log where they were the last that are missing.
        case took(end: UInt64, PartitionImage?)
    }

    /// What the shell is told.
    public enum Event: Sendable {
        /// Something that the partition tells. Of `.behind` the replica takes care itself.
        case partition(ShenPartition<Protocol>.Event)
        /// Another replica lacks records.
        case wanted(RecordDemand, by: NodeID)
        /// Records that this replica lacked: to be stored behind all that it has.
        case copied(RecordCopy)
    }

    /// How records are got that are missing.
    private struct Copying {
        /// The offset of the first that is missing.
        var end: UInt64
        /// When somebody is asked, for the first time or again.
        var due: Moment
        /// Whether who is to give them was asked, and has not answered.
        var isAwaited = false
        /// Whether the shell stores a part of them.
        var isStoring = false
    }

    /// The replica's log.
    public private(set) var partition: ShenPartition<Protocol>
    private let others: [NodeID]
    private var copying: Copying?
    /// Which of the others is to give records.
    private var giver = 0

    /// A replica at the beginning of a life.
    public init(_ partition: ShenPartition<Protocol>) {
        self.partition = partition
        others = partition.settings.replicas.filter { $0 != partition.id }
    }

    /// Begins this life.
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        step(at: now, into: &effects) { $0.start(at: now, into: &$1) }
    }

    /// Takes what another replica says.
    public mutating func receive(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        switch message {
        case .replication(let inner):
            step(at: now, into: &effects) { $0.receive(inner, from: sender, at: now, into: &$1) }
        default: take(message, from: sender, into: &effects)
        }
    }

    /// Takes what came together with others.
    public mutating func absorb(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        switch message {
        case .replication(let inner):
            step(at: now, into: &effects) { $0.absorb(inner, from: sender, at: now, into: &$1) }
        default: take(message, from: sender, into: &effects)
        }
    }

    /// Does what messages that were absorbed lead to.
    public mutating func settle(at now: Moment, into effects: inout Effects<Self>) {
        step(at: now, into: &effects) { $0.settle(at: now, into: &$1) }
    }

    /// Takes what the shell asks for.
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        switch request {
        case .partition(let own):
            step(at: now, into: &effects) { $0.handle(own, at: now, into: &$1) }
        case .give(let copy, let receiver): effects.send(.copied(copy), to: receiver)
        case .took(let end, let image):
            guard copying?.isStoring == true else { return }
            copying = Copying(end: end, due: now)
            step(at: now, into: &effects) { partition, own in
                if let image { partition.handle(.restored(image), at: now, into: &own) }
            }
        }
    }

    /// Does what is due.
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        step(at: now, into: &effects) { partition, own in
            if let due = partition.deadline, due <= now { partition.wake(at: now, into: &own) }
        }
    }

    /// Hears how far records are durable.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        step(at: now, into: &effects) { $0.stored(through: position, at: now, into: &$1) }
    }

    /// When the partition is due, or somebody is to be asked for records.
    public var deadline: Moment? {
        guard let copying, !copying.isStoring else { return partition.deadline }
        return partition.deadline.map { min($0, copying.due) } ?? copying.due
    }

    /// Takes a step of the partition, and asks for what it lacks.
    private mutating func step(
        at now: Moment, into effects: inout Effects<Self>,
        _ body: (inout ShenPartition<Protocol>, inout Effects<ShenPartition<Protocol>>) -> Void
    ) {
        var own = Effects<ShenPartition<Protocol>>(position: effects.position)
        body(&partition, &own)
        for outgoing in own.messages {
            effects.send(.replication(outgoing.message), to: outgoing.receiver)
        }
        for record in own.records { effects.store(record) }
        for event in own.events { effects.report(.partition(event)) }
        demand(at: now, into: &effects)
    }

    /// Asks for records that are missing, unless that was done or they are being stored.
    private mutating func demand(at now: Moment, into effects: inout Effects<Self>) {
        guard let place = partition.missingThrough, !others.isEmpty else {
            copying = nil
            return
        }
        var current = copying ?? Copying(end: partition.state.end, due: now)
        if !current.isStoring, current.due <= now {
            // Whoever was asked and has not answered may not have them.
            if current.isAwaited { giver = (giver + 1) % others.count }
            current.isAwaited = true
            // Reading, sending and, at the other end of a slow link, arriving take their time.
            current.due = now + partition.settings.retry * 5
            effects.send(
                .wanted(RecordDemand(first: current.end, place: place)), to: others[giver])
        }
        copying = current
    }

    /// Takes what replicas say to each other besides the protocol.
    private mutating func take(
        _ message: Message, from sender: NodeID, into effects: inout Effects<Self>
    ) {
        switch message {
        case .replication: preconditionFailure("a message of the protocol")
        case .wanted(let demand):
            if others.contains(sender) { effects.report(.wanted(demand, by: sender)) }
        case .copied(let copy):
            guard let current = copying, !current.isStoring, copy.first == current.end,
                others.contains(sender), copy.isWhole
            else { return }
            copying?.isStoring = true
            effects.report(.copied(copy))
        }
    }
}
