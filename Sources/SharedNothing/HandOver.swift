import Channels
import Synchronization

/// One resize: the barrier between the old routing and the new one.
///
/// Every worker gets a new inbox, into which the new routing sends. It reads its old inbox to the
/// end first. A worker that gets keys begins with its new inbox when all that give keys have come to
/// the end of their old ones: so messages of one key are handled in the order in which they were
/// sent, and no message has to be marked, held apart or moved. Until then the new inbox holds what
/// is sent, as bounded as ever.
@usableFromInline
class HandOver: @unchecked Sendable {
    // Sendable because what it holds is immutable or atomic; the subclass guards the rest.
    let movement: KeyMovement
    /// How many old workers have not come to the end of their old inboxes.
    private let givers: EventWord
    /// How many workers have not begun with the new routing.
    let unfinished: EventWord

    init(_ movement: KeyMovement) {
        self.movement = movement
        givers = EventWord(UInt32(movement.oldCount))
        unfinished = EventWord(UInt32(max(movement.oldCount, movement.newCount)))
    }

    /// Says that an old worker will handle nothing more by the old routing.
    @usableFromInline
    func arrive() { givers.countDown() }

    /// Says that a worker is done with the resize; whether it was the last one.
    func finish() -> Bool { unfinished.countDown() == 0 }

    /// How many portions were left that nobody has taken over, by worker; once.
    func takeOrphans() -> [Int] { [] }

    /// Whether all old workers have arrived; waits a millisecond at most.
    @usableFromInline
    func waitForGivers() -> Bool {
        let soon = MonotonicTime.now() + .milliseconds(1)
        return givers.wait(until: soon) { $0 == 0 }
    }
}

/// A hand-over with what travels between the states.
@usableFromInline
final class PortionHandOver<Portion: Sendable>: HandOver, @unchecked Sendable {
    // Sendable because the portions are under a lock.
    private let portions: Mutex<[[Portion]]>

    @usableFromInline
    override init(_ movement: KeyMovement) {
        portions = Mutex(Array(repeating: [], count: movement.newCount))
        super.init(movement)
    }

    /// Leaves portions for their workers, and gives those back that are for nobody who waits for
    /// them: such a worker may have gone over before.
    @usableFromInline
    func leave(_ released: [MovedPortion<Portion>]) -> [Portion] {
        portions.withLock { portions in
            var kept: [Portion] = []
            for moved in released {
                if portions.indices.contains(moved.worker), movement.mustWait(moved.worker) {
                    portions[moved.worker].append(moved.portion)
                } else {
                    kept.append(moved.portion)
                }
            }
            return kept
        }
    }

    override func takeOrphans() -> [Int] {
        portions.withLock { portions in
            let counts = portions.map(\.count)
            portions = []
            return counts
        }
    }

    /// What has been left for a worker, once.
    @usableFromInline
    func collect(for worker: Int, as role: HandOverRole) -> [Portion] {
        // Who leaves gets nothing, and has a number that is gone.
        if role == .leaves { return [] }
        return portions.withLock { portions in
            guard portions.indices.contains(worker) else { return [] }
            let mine = portions[worker]
            portions[worker] = []
            return mine
        }
    }

    @usableFromInline
    var keyMovement: KeyMovement { movement }
}

/// What a worker is in a resize.
@usableFromInline
enum HandOverRole: Sendable {
    /// It was there before, and goes on with another inbox.
    case stays
    /// It was there before, and ends.
    case leaves
    /// It is new, and has its inbox.
    case joins
}

/// One worker's part in a resize.
@usableFromInline
struct HandOverOrder<Message: Sendable, Response: Sendable>: Sendable {
    @usableFromInline let handOver: HandOver
    /// What it does.
    @usableFromInline let role: HandOverRole
    /// The inbox that a staying worker goes on with.
    @usableFromInline let inbox: NextInbox<Message, Response>?
    /// Whether it has to wait for others before it begins.
    @usableFromInline let waits: Bool
}

/// An inbox on its way to the worker that will read it.
@usableFromInline
class NextInbox<Message: Sendable, Response: Sendable>: @unchecked Sendable {
    // Sendable because the inlet is; the subclass guards the other end.
    @usableFromInline let inlet: InletBox<Message, Response>

    @usableFromInline
    init(_ inlet: InletBox<Message, Response>) {
        self.inlet = inlet
    }

    /// Closes the inbox, which nobody will read, and gives what is in it to `bury`.
    @usableFromInline
    func abandon(_ bury: (Envelope<Message, Response>) -> Void) {}
}

/// A `NextInbox` with the receiving end, whose type names the wait strategy.
@usableFromInline
final class WaitingInbox<Message: Sendable, Response: Sendable, Wait: InboxWait>:
    NextInbox<Message, Response>, @unchecked Sendable
{
    // Sendable because the end is under a lock, and taken once.
    @usableFromInline typealias Consumer = MPSCChannel<Envelope<Message, Response>, Wait>.Consumer
    private let consumer: Mutex<Consumer?>

    @usableFromInline
    init(_ inlet: InletBox<Message, Response>, _ consumer: consuming Consumer) {
        self.consumer = Mutex(consumer)
        super.init(inlet)
    }

    /// Makes an inbox; its memory lies where the calling thread runs (first touch).
    @usableFromInline
    static func make(capacity: Int) -> WaitingInbox {
        let channel = MPSCChannel<Envelope<Message, Response>, Wait>(capacity: capacity)
        let inlet = InletBox(Wait.inlet(channel.producer))
        return WaitingInbox(inlet, channel.consumer)
    }

    @usableFromInline
    override func abandon(_ bury: (Envelope<Message, Response>) -> Void) {
        var consumer = take()
        consumer.closeForAll()
        while let envelope = consumer.tryReceive() { bury(envelope) }
    }

    @usableFromInline
    func take() -> Consumer {
        let taken = consumer.withLock { $0.take() }
        guard let taken else { preconditionFailure("an inbox is taken twice") }
        return taken
    }
}
