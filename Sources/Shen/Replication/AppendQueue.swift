import ShenRing
import StateMachines

/// A node's appends, from when they are asked for until it is known what became of them.
struct AppendQueue: Sendable {
    private struct Pending: Sendable {
        let command: PartitionCommand
        let token: UInt64
        /// Whether the node is the producer.
        let isOwn: Bool
        /// The number of the request that it was last sent by; nil before it was sent, or once it is to
        /// be sent by another.
        var number: UInt64?
        /// When it is sent again.
        var due: Moment
        /// Whether it is to go where an answer has sent it, and not to somebody else.
        var isRedirected = false
    }

    private let id: NodeID
    private let settings: PartitionSettings
    private let life: UInt32
    private var pending: [Pending] = []
    private var sequence: UInt64 = 0
    /// The number of the last request.
    private var last: UInt64
    /// Who is asked: the node itself until another one is named.
    private var target: NodeID
    private var turn = 0

    init(_ id: NodeID, _ settings: PartitionSettings, life: UInt32) {
        precondition(life > 0, "lives are counted from 1")
        self.id = id
        self.settings = settings
        self.life = life
        target = id
        // Requests of a life are above those of all before.
        last = UInt64(life) << 32
    }

    /// How many appends there are.
    var count: Int { pending.count }

    /// Whether another append can wait.
    var hasRoom: Bool { pending.count < settings.waiting }

    /// The stamps of the batches that may be agreed on already, with their records.
    var underWay: [(ProducerStamp, Int)] {
        pending.map { ($0.command.stamp, $0.command.batch.count) }
    }

    /// When something is sent again.
    var deadline: Moment? {
        pending.prefix(settings.window).filter { $0.number != nil }.map(\.due).min()
    }

    /// Has a batch wait for its turn.
    mutating func add(_ batch: RecordBatch, _ stamp: ProducerStamp?, token: UInt64) {
        let own = ProducerStamp(
            producer: ProducerID(1 << 63 | UInt64(id.rawValue)), epoch: life, sequence: sequence)
        if stamp == nil { sequence += UInt64(batch.count) }
        pending.append(
            Pending(
                command: PartitionCommand(batch, stamp ?? own), token: token, isOwn: stamp == nil,
                number: nil, due: Moment(nanoseconds: .min)))
    }

    /// The requests that are to be sent now, and to whom: what is in the window and was not sent, or had no
    /// outcome for too long.
    mutating func due(at now: Moment) -> [(ClientRequest, NodeID)] {
        var requests: [(ClientRequest, NodeID)] = []
        let due = pending.indices.prefix(settings.window).filter { pending[$0].due <= now }
        // Whoever was asked and has not answered may be gone.
        if due.contains(where: { pending[$0].number != nil && !pending[$0].isRedirected }) {
            askAnother()
        }
        for place in due {
            if pending[place].number == nil {
                last += 1
                pending[place].number = last
            }
            pending[place].isRedirected = false
            pending[place].due = now + settings.retry
            requests.append((request(at: place), target))
        }
        return requests
    }

    private func request(at place: Int) -> ClientRequest {
        let oldest = pending.prefix(settings.window).compactMap(\.number).min() ?? last
        return ClientRequest(
            id: RequestID(client: id, number: pending[place].number ?? last), oldest: oldest,
            key: settings.key, operation: .write(pending[place].command.bytes))
    }

    private mutating func askAnother() {
        turn = (turn + 1) % settings.replicas.count
        target = settings.replicas[turn]
    }

    /// Has everything that is under way go to this node, if that is another one than before.
    mutating func aim(at other: NodeID, at now: Moment) {
        guard other != target else { return }
        target = other
        for place in pending.indices.prefix(settings.window) where pending[place].number != nil {
            pending[place].due = now
            pending[place].isRedirected = true
        }
    }

    /// Takes the answer to a request. That a batch is written is heard from the log; here it matters who is
    /// to be asked.
    mutating func take(_ answer: ClientAnswer, from sender: NodeID, at now: Moment) {
        guard answer.id.client == id,
            let place = pending.firstIndex(where: { $0.number == answer.id.number })
        else { return }
        switch answer.outcome {
        case .redirected(let other?) where other != sender:
            target = other
            pending[place].due = now
            pending[place].isRedirected = true
        default: break
        }
    }

    /// Has everything that is under way go out by requests of other numbers: what became of the earlier ones
    /// is not known, and the protocol would not take them again.
    mutating func renumber() {
        for place in pending.indices {
            pending[place].number = nil
            pending[place].due = Moment(nanoseconds: .min)
        }
    }

    /// Takes a batch out that is in the log.
    mutating func settle(_ stamp: ProducerStamp) -> (token: UInt64, count: Int)? {
        guard let place = pending.firstIndex(where: { $0.command.stamp == stamp }) else {
            return nil
        }
        let done = pending.remove(at: place)
        // Those that had overtaken it have a chance now.
        for place in pending.indices where pending[place].number == nil {
            pending[place].due = Moment(nanoseconds: .min)
        }
        return (done.token, done.command.batch.count)
    }

    /// What is to be told of a batch that all replicas have refused; nil where it is sent again: a batch of
    /// the node's own that has overtaken another.
    mutating func refuse(_ stamp: ProducerStamp, _ refusal: ProducerRefusal) -> UInt64? {
        guard let place = pending.firstIndex(where: { $0.command.stamp == stamp }) else {
            return nil
        }
        if pending[place].isOwn, case .gap = refusal {
            // By another request: this one had its effect, which was none.
            pending[place].number = nil
            return nil
        }
        return pending.remove(at: place).token
    }
}
