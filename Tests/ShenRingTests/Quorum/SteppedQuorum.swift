import Randomness
import StateMachines

@testable import ShenRing

/// One node that a test moves step by step: every message, every sync and every timer by hand.
struct SteppedNode {
    private(set) var node: QuorumNode
    var now = Moment(nanoseconds: 1_000_000_000_000)
    /// Records of this life that were stored, and how many of them are durable.
    private(set) var records: [QuorumRecord] = []
    private(set) var durable = 0
    /// What the last step told.
    private(set) var events: [QuorumEvent] = []
    private let before: [QuorumRecord]
    let id: NodeID

    static let cluster = ClusterID(7)

    static var settings: QuorumSettings {
        var settings = QuorumSettings(cluster: cluster)
        settings.electionTimeout = .milliseconds(100)
        settings.heartbeat = .milliseconds(20)
        return settings
    }

    init(
        _ id: UInt32 = 0, of founders: Int = 3, settings: QuorumSettings = Self.settings,
        origin: QuorumOrigin? = nil, recovered: [QuorumRecord] = [], seed: Seed = Seed(1)
    ) throws {
        self.id = NodeID(id)
        before = recovered
        node = try QuorumNode(
            NodeID(id), settings: settings,
            origin: origin ?? .founding((0..<founders).map(NodeID.init(place:))),
            recovered: recovered, seed: seed)
        _ = step { $0.start(at: $1, into: &$2) }
    }

    /// The records that a crash leaves now.
    var disk: [QuorumRecord] { before + records[..<durable] }

    mutating func step(
        _ body: (inout QuorumNode, Moment, inout Effects<QuorumNode>) -> Void
    ) -> [Effects<QuorumNode>.Outgoing] {
        var effects = Effects<QuorumNode>(position: RecordPosition(records.count))
        body(&node, now, &effects)
        records += effects.records
        events = effects.events
        return effects.messages
    }

    /// Hands it a message of a member.
    @discardableResult
    mutating func receive(
        _ body: QuorumMessage.Body, from sender: UInt32, term: UInt64
    ) -> [Effects<QuorumNode>.Outgoing] {
        receive(QuorumMessage(cluster: Self.cluster, term: term, body), from: sender)
    }

    @discardableResult
    mutating func receive(
        _ message: QuorumMessage, from sender: UInt32
    ) -> [Effects<QuorumNode>.Outgoing] {
        step { $0.receive(message, from: NodeID(sender), at: $1, into: &$2) }
    }

    @discardableResult
    mutating func ask(_ request: QuorumRequest) -> [Effects<QuorumNode>.Outgoing] {
        step { $0.handle(request, at: $1, into: &$2) }
    }

    /// All that was stored is durable now.
    @discardableResult
    mutating func sync() -> [Effects<QuorumNode>.Outgoing] {
        durable = records.count
        let position = RecordPosition(durable)
        return step { $0.stored(through: position, at: $1, into: &$2) }
    }

    /// Goes to the node's next deadline.
    @discardableResult
    mutating func wake() -> [Effects<QuorumNode>.Outgoing] {
        if let deadline = node.deadline { now = max(now, deadline) }
        return step { $0.wake(at: $1, into: &$2) }
    }

    /// Makes it leader of the next term, by the votes of all others.
    @discardableResult
    mutating func elect() -> [Effects<QuorumNode>.Outgoing] {
        sync()
        wake()
        let others = node.membership.members.filter { $0.node != id }
        for voter in others where node.role == .preCandidate {
            receive(
                .ballot(.init(isGranted: true, isPreVote: true)), from: voter.node.rawValue,
                term: node.term + 1)
        }
        var sent = sync()
        for voter in others where node.role == .candidate {
            sent = receive(
                .ballot(.init(isGranted: true, isPreVote: false)), from: voter.node.rawValue,
                term: node.term)
        }
        return sent
    }
}

/// Nodes that speak to each other at once, over a network that a test can cut, with disks that it
/// can stop.
struct SteppedQuorum {
    private(set) var nodes: [SteppedNode?]
    private var inbox: [(from: UInt32, to: UInt32, message: QuorumMessage)] = []
    private(set) var now = Moment(nanoseconds: 1_000_000_000_000)
    private let settings: QuorumSettings
    /// All that each node told, over all its lives.
    private(set) var events: [[QuorumEvent]]
    /// Answers to clients.
    private(set) var answers: [ClientAnswer] = []
    /// Whether a message from one node reaches another.
    var reaches: (UInt32, UInt32) -> Bool = { _, _ in true }
    private var lives: UInt64 = 0

    init(
        _ founders: Int, spares: Int = 0, settings: QuorumSettings = SteppedNode.settings
    ) throws {
        self.settings = settings
        nodes = []
        events = Array(repeating: [], count: founders + spares)
        for id in 0..<UInt32(founders + spares) {
            let origin: QuorumOrigin? = id < founders ? nil : .joining(incarnation: 1)
            nodes.append(
                try SteppedNode(
                    id, of: founders, settings: settings, origin: origin,
                    seed: Seed(UInt64(id) + 1)))
            nodes[Int(id)]?.sync()
        }
    }

    /// The node of a number, which must run.
    subscript(id: UInt32) -> QuorumNode {
        guard let node = nodes[Int(id)]?.node else { preconditionFailure("n\(id) is down") }
        return node
    }

    /// The leader of the latest term.
    var leader: UInt32? {
        nodes.compactMap { $0?.node }.filter { $0.role == .leader }
            .max { $0.term < $1.term }?.id.rawValue
    }

    mutating func step(
        _ id: UInt32, _ body: (inout SteppedNode) -> [Effects<QuorumNode>.Outgoing]
    ) {
        guard var node = nodes[Int(id)] else { return }
        node.now = now
        var sent = body(&node)
        events[Int(id)] += node.events
        while node.durable < node.records.count {
            sent += node.sync()
            events[Int(id)] += node.events
        }
        nodes[Int(id)] = node
        for outgoing in sent {
            if let answer = outgoing.message.answer(cluster: SteppedNode.cluster) {
                answers.append(answer)
            } else {
                inbox.append((id, outgoing.receiver.rawValue, outgoing.message))
            }
        }
    }

    /// Delivers messages until none is under way.
    mutating func settle() {
        var steps = 0
        while !inbox.isEmpty {
            steps += 1
            precondition(steps < 100_000, "messages without end")
            let next = inbox.removeFirst()
            guard reaches(next.from, next.to) else { continue }
            step(next.to) { $0.receive(next.message, from: next.from) }
        }
    }

    /// Lets time pass, with all that falls due in it.
    mutating func pass(_ span: Span) {
        let end = now + span
        settle()
        while true {
            let due = nodes.compactMap { node in
                node?.node.deadline.map { (max($0, now), node?.id.rawValue ?? 0) }
            }.min { $0 < $1 }
            guard let (moment, id) = due, moment <= end else { break }
            now = moment
            step(id) { $0.wake() }
            settle()
        }
        now = end
    }

    /// Lets time pass until there is a leader.
    mutating func elect() -> UInt32 {
        for _ in 0..<50 where leader == nil { pass(settings.electionTimeout) }
        guard let leader else { preconditionFailure("no leader after 50 timeouts") }
        pass(settings.heartbeat * 2)
        return leader
    }

    mutating func ask(_ request: QuorumRequest, of id: UInt32) {
        step(id) { $0.ask(request) }
        settle()
    }

    /// A client's request, without waiting for more than the messages.
    mutating func request(_ request: ClientRequest, of id: UInt32) {
        let message = QuorumMessage.request(request, cluster: SteppedNode.cluster)
        step(id) { $0.receive(message, from: request.id.client.rawValue) }
        settle()
    }

    mutating func crash(_ id: UInt32) -> [QuorumRecord] {
        let disk = nodes[Int(id)]?.disk ?? []
        nodes[Int(id)] = nil
        return disk
    }

    mutating func restart(_ id: UInt32, with disk: [QuorumRecord], incarnation: UInt32 = 9) throws {
        lives += 1
        nodes[Int(id)] = try SteppedNode(
            id, settings: settings, origin: .joining(incarnation: incarnation), recovered: disk,
            seed: Seed(100 + lives))
        step(id) { $0.sync() }
    }

    /// The committed payloads that a node told, in order.
    func committed(at id: UInt32) -> [QuorumEntry.Payload] {
        events[Int(id)].compactMap {
            if case .committed(_, let entry) = $0 { entry.payload } else { nil }
        }
    }
}

extension SteppedNode {
    /// A write by client 90, which waits for nothing before it.
    static func write(_ number: UInt64, key: UInt64 = 1, _ value: [UInt8]) -> ClientRequest {
        ClientRequest(
            id: RequestID(client: NodeID(90), number: number), oldest: 1, key: key,
            operation: .write(value))
    }

    /// A read by client 90.
    static func read(_ number: UInt64, key: UInt64 = 1) -> ClientRequest {
        ClientRequest(
            id: RequestID(client: NodeID(90), number: number), oldest: 1, key: key,
            operation: .read)
    }
}
