import ShenRing
public import StateMachines

/// A replica of a partition's log: a replication protocol, and on top of it what makes offsets of what it
/// agrees on.
///
/// The protocol is any `AgreedLog`: a majority quorum or a chain. A batch goes through it as a write of the
/// log's key, and gets its offsets where it comes out: each replica applies the same entries in the same
/// order. So an append is as durable and as ordered as the protocol's writes, and costs one of them.
///
/// **Once and in order.** What a node appends on its own account it stamps as a producer: its number, the
/// number of its life, and a sequence. A batch of which nothing is heard is sent again, to somebody else if
/// need be; that it may be agreed on twice does no harm then, since the second is known by its stamp. Up to
/// five batches are under way at once; one that overtakes another is refused by all replicas alike, and sent
/// again. Batches that come with a producer's stamp are only passed on: their producer hears of a gap.
///
/// **Records** are not kept here: the shell stores each batch when it is told of it, in a `SegmentedLog` say
/// (`SegmentedLog.store`), and reads and subscriptions are answered from there, at every replica. What is stored
/// is agreed on and never taken back, so any record that is read is the one at its offset.
///
/// **A state instead of entries** is what a replica is given that was away for too long; the records are
/// missing then. It says `.behind`, and goes on when the shell has copied them from another replica, which
/// need only have stored as much, and says so by `.restored`. What is agreed on meanwhile is kept, in
/// memory: a replica that stays behind for long holds much.
public struct ShenPartition<Protocol: AgreedLog>: StateMachine {
    /// What replicas and clients of the protocol say.
    public typealias Message = Protocol.Message
    /// What is made durable: the protocol's records.
    public typealias Record = Protocol.Record

    /// What the application asks for. Tokens are its own, and come back in events.
    public enum Request: Sendable {
        /// Has a batch appended: on this node's account where it has no stamp.
        case append(RecordBatch, ProducerStamp? = nil, token: UInt64)
        /// The records below an image's end are there now: go on from the image.
        case restored(PartitionImage)
        /// Something that the protocol is asked for.
        case replication(Protocol.Request)
    }

    /// What the application is told.
    public enum Event: Sendable {
        /// The next batch of the log: to be stored. Told in the order of the offsets, once in a life but
        /// for those that the image did not have.
        case stored(AgreedBatch)
        /// Everything agreed on up to this place has been told: what is stored then can be noted.
        case applied(through: UInt64)
        /// The batch is in the log, there.
        case appended(Appended, token: UInt64)
        /// The batch is not in the log, and will not be by this append.
        case refused(ProducerRefusal, token: UInt64)
        /// Too many appends wait: this one was not taken.
        case overloaded(token: UInt64)
        /// The protocol is about to let a state stand for its entries up to this place. What was told before has to
        /// be durable in the log, with that place, before a record of this step is: no entry tells it again.
        case dropping(through: UInt64)
        /// Records are missing: those between the log's end and what is agreed on up to this place.
        case behind(end: UInt64, through: UInt64)
        /// Something that the protocol tells.
        case replication(Protocol.Event)
    }

    /// The node's number.
    public let id: NodeID
    /// How it behaves.
    public let settings: PartitionSettings
    /// The protocol below.
    public private(set) var replication: Protocol
    private(set) var state: PartitionState
    private var queue: AppendQueue
    /// Entries that cannot be applied before records are restored, in order; nil while none are missing.
    private var held: [AgreedEntry]? {
        // They are in no file yet, nor is what is missing before them.
        didSet {
            replication.keepsEntries = held != nil && !settings.has(.droppedWhileBehind)
        }
    }
    /// The place up to which a state was given instead of entries.
    private var missing: UInt64 = 0

    /// A replica at the beginning of a life.
    ///
    /// - Parameters:
    ///   - image: what the records that the node has stored come to; the protocol tells the rest.
    ///   - life: the number of the node's life, from 1; higher than those of all its lives before.
    ///
    /// Returns nil where the image's table of producers is none.
    public init?(
        _ id: NodeID, settings: PartitionSettings, replication: Protocol,
        image: PartitionImage = PartitionImage(), life: UInt32
    ) {
        precondition(!settings.replicas.isEmpty, "a log without replicas")
        guard
            let state = PartitionState(
                image, key: settings.key, producerLimit: settings.producerLimit)
        else { return nil }
        self.id = id
        self.settings = settings
        self.replication = replication
        self.state = state
        queue = AppendQueue(id, settings, life: settings.has(.epochReused) ? 1 : life)
    }

    /// What this replica's records come to.
    public var image: PartitionImage { state.image }

    /// How many appends of this node wait for their outcome.
    public var waiting: Int { queue.count }

    /// Whether records are missing.
    public var isBehind: Bool { held != nil }

    /// The place up to which an image must reach for the replica to go on from it; nil where no records are
    /// missing. Any replica that has stored as much will do, whether or not it is behind itself.
    public var missingThrough: UInt64? { held == nil ? nil : missing }

    /// Begins this life of the node.
    public mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        step(at: now, into: &effects) { $0.start(at: now, into: &$1) }
        catchUp(into: &effects)
        // What lies between was dropped, or given as a state, in a life that did not come to copy it.
        if !settings.has(.baseUnchecked) { skip(through: replication.base, into: &effects) }
        if state.place > 0, held == nil { effects.report(.applied(through: state.place)) }
    }

    /// Takes a message of the protocol, or an answer to what this node sent as its client.
    public mutating func receive(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        // Answers are this node's as a client; the protocol's nodes do not take any.
        if let answer = message.answer(cluster: settings.cluster) {
            queue.take(answer, from: sender, at: now)
            return send(at: now, into: &effects)
        }
        step(at: now, into: &effects) { $0.receive(message, from: sender, at: now, into: &$1) }
    }

    /// Takes a message that came together with others.
    public mutating func absorb(
        _ message: Message, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {
        if message.answer(cluster: settings.cluster) != nil {
            return receive(message, from: sender, at: now, into: &effects)
        }
        step(at: now, into: &effects) { $0.absorb(message, from: sender, at: now, into: &$1) }
    }

    /// Does what messages that were absorbed lead to.
    public mutating func settle(at now: Moment, into effects: inout Effects<Self>) {
        step(at: now, into: &effects) { $0.settle(at: now, into: &$1) }
    }

    /// Takes what the application asks for. Precondition: a batch has records.
    public mutating func handle(
        _ request: Request, at now: Moment, into effects: inout Effects<Self>
    ) {
        switch request {
        case .append(let batch, let stamp, let token):
            guard queue.hasRoom else { return effects.report(.overloaded(token: token)) }
            precondition(batch.count > 0, "a batch without records")
            queue.add(batch, stamp, token: token)
            if settings.has(.answeredBeforeAgreed) {
                let appended = Appended(first: state.end, count: batch.count, isDuplicate: false)
                effects.report(.appended(appended, token: token))
            }
            send(at: now, into: &effects)
        case .restored(let image): restore(image, at: now, into: &effects)
        case .replication(let own):
            step(at: now, into: &effects) { $0.handle(own, at: now, into: &$1) }
        }
    }

    /// Does what is due: the protocol's, and batches that are sent again.
    public mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        if let deadline = replication.deadline, deadline <= now {
            step(at: now, into: &effects) { $0.wake(at: now, into: &$1) }
        }
        send(at: now, into: &effects)
    }

    /// Hears how far the protocol's records are durable.
    public mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {
        step(at: now, into: &effects) { $0.stored(through: position, at: now, into: &$1) }
    }

    /// When the protocol or a batch is due.
    public var deadline: Moment? {
        guard let own = queue.deadline else { return replication.deadline }
        return replication.deadline.map { min($0, own) } ?? own
    }

    /// Takes a step of the protocol, and applies what it agrees on.
    private mutating func step(
        at now: Moment, into effects: inout Effects<Self>,
        _ body: (inout Protocol, inout Effects<Protocol>) -> Void
    ) {
        var own = Effects<Protocol>(position: effects.position)
        let before = state.place
        body(&replication, &own)
        for outgoing in own.messages { effects.send(outgoing.message, to: outgoing.receiver) }
        for record in own.records { effects.store(record) }
        for event in own.events {
            if let place = replication.skipped(in: event) { skip(through: place, into: &effects) }
            for entry in replication.agreed(in: event) { take(entry, into: &effects) }
            // Where records are missing, only who was asked to drops entries.
            if let place = replication.dropped(in: event), held == nil,
                !settings.has(.droppedBeforeDurable)
            {
                effects.report(.dropping(through: place))
            }
            if let other = replication.writesGo(by: event) { queue.aim(at: other, at: now) }
            effects.report(.replication(event))
        }
        if state.place > before { effects.report(.applied(through: state.place)) }
        send(at: now, into: &effects)
    }

    /// Sends what is due.
    private mutating func send(at now: Moment, into effects: inout Effects<Self>) {
        for (request, receiver) in queue.due(at: now) {
            effects.send(Message.request(request, cluster: settings.cluster), to: receiver)
        }
    }
}

// What is agreed on.
extension ShenPartition {
    private mutating func take(_ entry: AgreedEntry, into effects: inout Effects<Self>) {
        if held != nil {
            held?.append(entry)
        } else if entry.place == state.place + 1 {
            apply(entry, into: &effects)
        } else if entry.place > state.place {
            catchUp(into: &effects)
            if entry.place <= state.place + 1 { return take(entry, into: &effects) }
            // Told from a place on that lies behind what was stored and what the protocol has.
            skip(through: entry.place - 1, into: &effects)
            take(entry, into: &effects)
        } else if settings.has(.retoldApplied) {
            state.place = entry.place - 1
            apply(entry, into: &effects)
        }
    }

    /// Applies what the protocol has and does not tell, since an earlier life of the node knew it.
    private mutating func catchUp(into effects: inout Effects<Self>) {
        while held == nil, let entry = replication.agreed(at: state.place + 1) {
            apply(entry, into: &effects)
        }
    }

    private mutating func apply(_ entry: AgreedEntry, into effects: inout Effects<Self>) {
        guard
            let applied = state.apply(entry, ignoringProducers: settings.has(.retryStoredTwice))
        else { return }
        if let batch = applied.batch { effects.report(.stored(batch)) }
        settle(applied.stamp, applied.verdict, at: applied.batch?.first, into: &effects)
    }

    /// Tells what became of an append of this node.
    private mutating func settle(
        _ stamp: ProducerStamp, _ verdict: ProducerVerdict, at first: UInt64?,
        into effects: inout Effects<Self>
    ) {
        switch verdict {
        case .new, .duplicate:
            guard let done = queue.settle(stamp) else { return }
            guard !settings.has(.answeredBeforeAgreed) else { return }
            var (offset, isDuplicate) = (first ?? 0, false)
            if case .duplicate(let known) = verdict { (offset, isDuplicate) = (known, true) }
            let appended = Appended(first: offset, count: done.count, isDuplicate: isDuplicate)
            effects.report(.appended(appended, token: done.token))
        case .refused(let refusal):
            if let token = queue.refuse(stamp, refusal) {
                effects.report(.refused(refusal, token: token))
            }
        }
    }

    /// Entries up to a place are not told: their records have to come from another replica.
    private mutating func skip(through place: UInt64, into effects: inout Effects<Self>) {
        guard place > state.place else { return }
        if settings.has(.gapPassedOver) {
            state.place = place
            return
        }
        missing = max(missing, place)
        held = held ?? []
        effects.report(.behind(end: state.end, through: missing))
    }

    /// Goes on from an image, and applies what was agreed on behind it.
    private mutating func restore(
        _ image: PartitionImage, at now: Moment, into effects: inout Effects<Self>
    ) {
        guard let entries = held, image.place >= missing,
            let restored = PartitionState(
                image, key: settings.key, producerLimit: settings.producerLimit)
        else { return }
        state = restored
        held = nil
        for (stamp, count) in queue.underWay {
            // What was agreed on while records were missing is known by its producer.
            let verdict = state.producers.verdict(on: stamp, count: count)
            if case .duplicate = verdict { settle(stamp, verdict, at: nil, into: &effects) }
        }
        for entry in entries { take(entry, into: &effects) }
        // What the protocol knew before this life began, it tells nobody.
        catchUp(into: &effects)
        effects.report(.applied(through: state.place))
        queue.renumber()
        send(at: now, into: &effects)
    }
}
