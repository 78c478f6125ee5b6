import Randomness
import StateMachines
import Testing

@testable import ShenRing

/// Nodes of a chain whose messages, disks and clock a test moves by hand.
///
/// Replicas are n0, n1 …; wardens n100, n101 …; what goes to any other node is a client's and is kept in
/// `answers`. Heartbeats to wardens that are not run here are answered with leases while `grants` says so.
struct HandDrivenChain {
    struct Mail: Equatable {
        let from: NodeID
        let to: NodeID
        let message: ChainMessage
    }

    static let client = NodeID(50)
    static let firstWarden = NodeID(100)

    var settings: ChainSettings
    var nodes: [NodeID: ChainNode] = [:]
    var mail: [Mail] = []
    var answers: [(from: NodeID, answer: ClientAnswer)] = []
    var events: [(node: NodeID, event: ChainNode.Event)] = []
    var grants = true
    var now = Moment(nanoseconds: 1_000_000_000)
    /// Durable records, and how many of those stored in this life are.
    private(set) var disks: [NodeID: [ChainRecord]] = [:]
    private var pending: [NodeID: [ChainRecord]] = [:]
    private var synced: [NodeID: RecordPosition] = [:]
    private var lives: UInt64 = 0

    init(
        replicas: Int, wardens: Int = 1, runsWardens: Bool = false,
        change: (inout ChainSettings) -> Void = { _ in }
    ) {
        settings = ChainSettings(
            cluster: ClusterID(7), wardens: (0..<wardens).map { NodeID(UInt32(100 + $0)) },
            replicas: (0..<replicas).map(NodeID.init(place:)), size: replicas)
        change(&settings)
        for node in settings.replicas { start(node) }
        if runsWardens { for node in settings.wardens { start(node) } }
    }

    /// Begins a life of a node with what its disk holds.
    mutating func start(_ id: NodeID) {
        lives += 1
        do throws(ChainError) {
            nodes[id] = try ChainNode(
                id: id, settings: settings, recovered: disks[id] ?? [], seed: Seed(lives))
        } catch { preconditionFailure("\(error)") }
        (pending[id], synced[id]) = ([], 0)
        step(id) { $0.start(at: $1, into: &$2) }
    }

    /// Ends a life; what was not synced is gone, or all.
    mutating func crash(_ id: NodeID, losesDisk: Bool = false) {
        nodes[id] = nil
        pending[id] = []
        if losesDisk { disks[id] = [] }
    }

    mutating func step(
        _ id: NodeID, _ body: (inout ChainNode, Moment, inout Effects<ChainNode>) -> Void
    ) {
        guard var node = nodes[id] else { return }
        let position = (synced[id] ?? 0) + RecordPosition(pending[id]?.count ?? 0)
        var effects = Effects<ChainNode>(position: position)
        body(&node, now, &effects)
        nodes[id] = node
        pending[id, default: []] += effects.records
        for outgoing in effects.messages {
            post(Mail(from: id, to: outgoing.receiver, message: outgoing.message))
        }
        events += effects.events.map { (id, $0) }
    }

    private mutating func post(_ letter: Mail) {
        if case .answer(let answer) = letter.message.body {
            answers.append((letter.from, answer))
        } else if case .heartbeat(let heartbeat) = letter.message.body, nodes[letter.to] == nil,
            letter.to >= Self.firstWarden
        {
            guard grants else { return }
            let standing = ChainMessage.Body.standing(
                number: heartbeat.number, epoch: heartbeat.epoch, leased: true)
            mail.append(Mail(from: letter.to, to: letter.from, message: message(standing)))
        } else {
            mail.append(letter)
        }
    }

    func message(_ body: ChainMessage.Body) -> ChainMessage {
        ChainMessage(body, cluster: settings.cluster)
    }

    /// How many records a node's disk is at.
    func unsynced(_ id: NodeID) -> Int { pending[id]?.count ?? 0 }

    /// Has a node's disk finish what it was given: all, or so many records.
    mutating func sync(_ id: NodeID, records most: Int = .max) {
        guard let records = pending[id]?.prefix(most), !records.isEmpty, nodes[id] != nil else {
            return
        }
        disks[id, default: []] += records
        pending[id]?.removeFirst(records.count)
        synced[id, default: 0] += RecordPosition(records.count)
        let position = synced[id] ?? 0
        step(id) { $0.stored(through: position, at: $1, into: &$2) }
    }

    /// Hands a message to its receiver.
    mutating func hand(_ letter: Mail) {
        step(letter.to) { $0.receive(letter.message, from: letter.from, at: $1, into: &$2) }
    }

    /// Hands messages to their common receiver in one turn.
    mutating func handTogether(_ letters: [Mail]) {
        guard let receiver = letters.first?.to else { return }
        precondition(letters.allSatisfy { $0.to == receiver }, "a turn is of one node")
        step(receiver) { node, now, effects in
            for letter in letters {
                node.absorb(letter.message, from: letter.from, at: now, into: &effects)
            }
            node.settle(at: now, into: &effects)
        }
    }

    /// Hands over, in order, the messages under way that are chosen, and those that follow from them.
    mutating func deliver(_ isChosen: (Mail) -> Bool = { _ in true }) {
        while let place = mail.firstIndex(where: isChosen) { hand(mail.remove(at: place)) }
    }

    /// Delivers and syncs until nothing is under way.
    mutating func settle(_ isChosen: (Mail) -> Bool = { _ in true }) {
        for _ in 0..<200 {
            deliver(isChosen)
            for node in nodes.keys.sorted() { sync(node) }
            let isIdle = pending.values.allSatisfy(\.isEmpty) && !mail.contains(where: isChosen)
            if isIdle { return }
        }
        Issue.record("the chain does not come to rest")
    }

    /// Lets time pass, and timers come.
    mutating func pass(_ span: Span) {
        now = now + span
        for node in nodes.keys.sorted() {
            guard let due = nodes[node]?.deadline, due <= now else { continue }
            step(node) { $0.wake(at: $1, into: &$2) }
        }
    }

    func replica(_ id: UInt32) -> ChainReplica {
        guard let replica = nodes[NodeID(id)]?.replica else {
            preconditionFailure("n\(id) is not up")
        }
        return replica
    }

    func member(_ id: UInt32) -> ChainMember { replica(id).member }

    /// Tells replicas a configuration of these members, as the wardens would.
    mutating func configure(
        _ epoch: UInt64, _ members: [UInt32], joiner: UInt32? = nil, tells: [UInt32]? = nil
    ) {
        let configuration = ChainConfiguration(
            epoch: epoch, members: members.map(member), joiner: joiner.map(member))
        for id in tells ?? members + (joiner.map { [$0] } ?? []) {
            hand(
                Mail(
                    from: Self.firstWarden, to: NodeID(id),
                    message: message(.configuration(configuration))))
        }
    }

    /// What a client sends to ask a node.
    func request(
        _ id: UInt32, _ operation: KeyedOperation, number: UInt64, key: UInt64 = 1
    ) -> Mail {
        let request = ClientRequest(
            id: RequestID(client: Self.client, number: number), oldest: 1, key: key,
            operation: operation)
        return Mail(
            from: Self.client, to: NodeID(id),
            message: .request(request, cluster: settings.cluster))
    }

    /// A client asks a node.
    mutating func ask(
        _ id: UInt32, _ operation: KeyedOperation, number: UInt64, key: UInt64 = 1
    ) {
        hand(request(id, operation, number: number, key: key))
    }

    mutating func write(_ id: UInt32, _ value: UInt8, number: UInt64, key: UInt64 = 1) {
        ask(id, .write([value]), number: number, key: key)
    }

    /// What was answered to a request, by whom.
    func outcomes(of number: UInt64) -> [RequestOutcome] {
        answers.filter { $0.answer.id.number == number }.map(\.answer.outcome)
    }

    /// Lets every replica have a lease, and the messages of that be over.
    mutating func lease() {
        pass(settings.heartbeat)
        settle()
    }
}

extension HandDrivenChain {
    /// A chain of `count` members in epoch 1 that have leases.
    static func running(
        _ count: Int, spares: Int = 0, change: (inout ChainSettings) -> Void = { _ in }
    ) -> HandDrivenChain {
        var chain = HandDrivenChain(replicas: count + spares, change: change)
        chain.settle()
        chain.configure(1, (0..<UInt32(count)).map { $0 })
        chain.settle()
        chain.lease()
        return chain
    }
}

extension HandDrivenChain.Mail {
    var forward: ChainForward? {
        if case .forward(let forward) = message.body { forward } else { nil }
    }
    var acknowledgement: ChainAcknowledgement? {
        if case .acknowledgement(let acknowledgement) = message.body {
            acknowledgement
        } else {
            nil
        }
    }
}
