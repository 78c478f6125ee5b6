import Network
import Randomness
import Shen
import ShenRing
import StateMachines

/// One node between processes: a machine, the network and the journal, driven by an event loop.
///
/// It keeps the promises of a shell to a `StateMachine`, and does what its effects say:
/// - messages that come in one turn are absorbed, and settled together before anything else;
/// - messages of a turn to one peer leave in one frame, and so in one send;
/// - messages to the node itself come back in a later step of the same turn, or of the next one;
/// - records are handed to the journal at the turn's end, all at once, and `stored` is told when
///   the journal's thread says so;
/// - events go to the application, in order.
///
/// A peer that is called is called again, with growing pauses, for as long as the node lives. What
/// is for a peer that cannot be reached, or that does not take what it was sent, is dropped and
/// counted: protocols repeat what matters, and what is old does not help them.
///
/// Who is at the other end of a connection is told by its first frame. Over a transport that proves
/// peers its certificate has to name that node as well. Over another nothing proves it: whoever can
/// connect and knows the cluster's number is believed.
///
/// The loop calls it through a witness table, whose entries are generic: the compiler would look
/// types up with every field of a message. So the two calls that come with every frame and turn are
/// specialised for the machines of this package, and all that they call with them; other machines
/// run as well, more slowly.
struct NodeShell<Machine: StateMachine>: NetworkHandler, ~Copyable
where Machine.Message: WireCodable {
    /// How it ends.
    enum Ending {
        case orderly
        case abrupt
        case failed(NodeFailure)
    }

    let options: NodeOptions
    let connection: ConnectionOptions
    let mailbox: NodeMailbox<Machine.Request>
    /// Where records go; nil for a node that forgets all when it ends.
    let journal: JournalWriter<Machine.Record>?
    var machine: Machine
    let application: AnyNodeApplication<Machine>
    var statistics = NodeStatistics()
    /// Why it is to end, once it is.
    var ending: Ending?

    // What the machine said and is still to be done.
    var effects = Effects<Machine>()
    var records: [Machine.Record] = []
    var own: [Machine.Message] = []
    var requests: [Machine.Request] = []
    /// Whether the machine has absorbed messages that it has not settled.
    var isUnsettled = false
    /// How many records the machine has stored in this life, and of how many it knows that they
    /// are.
    var position: RecordPosition = 0
    var told: RecordPosition = 0

    var peers = PeerTable()
    /// Places of links that have something to leave at the turn's end.
    var awaited: [Int] = []
    /// Connections that were accepted and have not said whose they are, by when.
    var strangers: [(connection: ConnectionID, since: Moment)] = []
    var generator: Xoshiro256StarStar
    /// The loop's timers of this node: their numbers begin here.
    private let firstTimer: UInt64

    /// How many numbers of timers a node needs: one for each that a peer can have, and as many for itself.
    static var timerBits: UInt64 { 33 }

    init(
        _ machine: consuming Machine, _ options: NodeOptions,
        application: AnyNodeApplication<Machine>,
        journal: JournalWriter<Machine.Record>?, mailbox: NodeMailbox<Machine.Request>, seed: Seed,
        place: Int = 0
    ) {
        options.check()
        self.options = options
        firstTimer = UInt64(place) << Self.timerBits
        connection = options.connection
        self.machine = machine
        self.application = application
        self.journal = journal
        self.mailbox = mailbox
        generator = seed.generator()
    }

    /// When the next turn is due though nothing happens.
    var deadline: Moment? { machine.deadline }

    /// Whether another thread, or the machine itself, has left something to do.
    var hasWork: Bool {
        mailbox.hasCommands || hasOwnWork
    }

    /// Whether the machine is to hear of something that is no frame.
    private var hasOwnWork: Bool {
        if !own.isEmpty || !requests.isEmpty { return true }
        guard let journal else { return position > told }
        return journal.stored > told || journal.failure != nil
    }

    /// Has one of its timers come, and no earlier one of the same number.
    func schedule(_ timer: UInt64, at moment: Moment, on loop: inout EventLoop) {
        loop.schedule(firstTimer + timer, at: moment)
    }

    /// Begins the machine's life, and calls the peers.
    mutating func begin(on loop: inout EventLoop) {
        for (node, address) in options.peers.sorted(by: { $0.key < $1.key }) {
            introduce(node, at: address, on: &loop)
        }
        step(on: &loop) { $0.start(at: $1, into: &$2) }
        turnEnded(on: &loop)
    }

    /// Does what is no frame's doing: commands, what the journal has stored, the machine's own
    /// messages and deadline; then hands records over and has messages leave.
    @_specialize(where Machine == QuorumNode)
    @_specialize(where Machine == ChainNode)
    @_specialize(where Machine == Cartouche)
    @_specialize(where Machine == Sundial)
    @_specialize(where Machine == LogReplica<ChainNode>)
    @_specialize(where Machine == LogReplica<QuorumNode>)
    @_specialize(where Machine == KeyedClient<ChainMessage>)
    @_specialize(where Machine == KeyedClient<QuorumMessage>)
    mutating func turnEnded(on loop: inout EventLoop) {
        if isUnsettled {
            isUnsettled = false
            step(on: &loop) { $0.settle(at: $1, into: &$2) }
        }
        for command in mailbox.takeCommands() { obey(command, on: &loop) }
        if let failure = journal?.failure { ending = .failed(.journal(failure)) }
        switch ending {
        // What was asked before an orderly end is done before it.
        case nil, .orderly: break
        case .abrupt, .failed: return finish(on: &loop)
        }
        var rounds = 0
        while hasOwnWork && rounds < Self.mostRounds {
            tellStored(on: &loop)
            takeOwn(on: &loop)
            rounds += 1
        }
        if let deadline = machine.deadline, deadline <= MonotonicClock.now {
            step(on: &loop) { $0.wake(at: $1, into: &$2) }
        }
        finish(on: &loop)
    }

    /// How often a turn sees to what the machine said to itself, before others are heard again.
    private static var mostRounds: Int { 64 }

    private mutating func finish(on loop: inout EventLoop) {
        statistics.records += UInt64(records.count)
        if let journal {
            journal.store(&records)
            statistics.groups = journal.groups
        } else {
            records.removeAll(keepingCapacity: true)
        }
        for place in awaited {
            peers[place].isAwaited = false
            flush(place, on: &loop)
        }
        awaited.removeAll(keepingCapacity: true)
        mailbox.statistics = statistics
    }

    private mutating func obey(
        _ command: NodeMailbox<Machine.Request>.Command, on loop: inout EventLoop
    ) {
        switch command {
        case .request(let request): requests.append(request)
        case .introduce(let node, let address): introduce(node, at: address, on: &loop)
        case .stop(let isAbrupt): ending = isAbrupt ? .abrupt : .orderly
        }
    }

    private mutating func tellStored(on loop: inout EventLoop) {
        // Without a journal nothing outlives the node, and so nothing is waited for.
        let stored = journal?.stored ?? position
        guard stored > told else { return }
        told = stored
        step(on: &loop) { $0.stored(through: stored, at: $1, into: &$2) }
    }

    private mutating func takeOwn(on loop: inout EventLoop) {
        var messages: [Machine.Message] = []
        swap(&messages, &own)
        for message in messages {
            statistics.own += 1
            let id = options.id
            step(on: &loop) { $0.receive(message, from: id, at: $1, into: &$2) }
        }
        var asked: [Machine.Request] = []
        swap(&asked, &requests)
        for request in asked { step(on: &loop) { $0.handle(request, at: $1, into: &$2) } }
    }

    /// Takes a step of the machine, and does or notes what it wants done.
    mutating func step(
        on loop: inout EventLoop,
        _ body: (inout Machine, Moment, inout Effects<Machine>) -> Void
    ) {
        let now = MonotonicClock.now
        effects.reset(position: position)
        body(&machine, now, &effects)
        position = effects.position
        if !effects.records.isEmpty { records += effects.records }
        for outgoing in effects.messages {
            send(outgoing.message, to: outgoing.receiver, on: &loop)
        }
        for event in effects.events { application.told(event, at: now, asking: &requests) }
    }
}
