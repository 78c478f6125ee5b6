import Randomness
import StateMachines

@testable import ShenRing

/// One node, whose clock and messages a test has in its hand.
struct LoneNode {
    var machine: Sundial
    private var effects = Effects<Sundial>()
    private(set) var now = Moment(nanoseconds: 0)
    private(set) var sent: [Effects<Sundial>.Outgoing] = []
    private(set) var told: [SundialEvent] = []
    private(set) var records: [SundialRecord] = []
    /// How many records were stored in all.
    private var position: RecordPosition = 0

    static let cluster: UInt32 = 0

    /// A node of that number, which knows 0..<`members` from the start, and has started.
    init(
        _ node: Int = 0, members: Int = 3, recovered: [SundialRecord] = [],
        _ change: (inout SundialSettings) -> Void = { _ in }
    ) {
        var settings = SundialSettings()
        settings.members = members
        settings.isInStep = true
        settings.comparison = 0
        settings.fanout = 0
        change(&settings)
        machine = Sundial(
            NodeID(place: node), settings: settings, recovered: recovered, seed: Seed(1))
        step { $0.start(at: $1, into: &$2) }
    }

    private mutating func step(
        _ body: (inout Sundial, Moment, inout Effects<Sundial>) -> Void
    ) {
        effects.reset(position: position)
        body(&machine, now, &effects)
        position = effects.position
        sent += effects.messages
        told += effects.events
        records += effects.records
    }

    /// Lets it have a message of another node, which says of itself what it is.
    mutating func hear(
        _ body: SundialMessage.Body, from sender: Int, saying state: MemberState? = nil,
        _ updates: [MemberUpdate] = [], cluster: UInt32 = LoneNode.cluster, version: UInt8 = 1
    ) {
        var message = SundialMessage(
            cluster: cluster, sender: state ?? MemberState(.alive, incarnation: 1), body: body,
            updates: updates)
        message.version = version
        step { $0.receive(message, from: NodeID(place: sender), at: $1, into: &$2) }
    }

    /// Lets it hear what a node says of another.
    mutating func hear(
        _ status: MemberStatus, _ incarnation: UInt32, of member: Int, from sender: Int,
        detail: UInt32? = nil
    ) {
        let state = MemberState(status, incarnation: incarnation)
        let detail = detail ?? (status == .suspect ? UInt32(sender) : 0)
        hear(
            .gossip(fingerprint: nil), from: sender,
            [MemberUpdate(NodeID(place: member), state, detail: detail)])
    }

    mutating func ask(_ request: SundialRequest) {
        step { $0.handle(request, at: $1, into: &$2) }
    }

    /// Lets time go by, with a wake whenever one is due.
    mutating func wait(_ span: Span) {
        let end = now + span
        while let due = machine.deadline, due <= end {
            now = max(now, due)
            step { $0.wake(at: $1, into: &$2) }
        }
        now = end
    }

    /// Lets time go by in which it stands still.
    mutating func sleep(_ span: Span) { now = now + span }

    /// Wakes it, if that is due.
    mutating func wake() {
        guard let due = machine.deadline, due <= now else { return }
        step { $0.wake(at: $1, into: &$2) }
    }

    /// All it stored becomes durable.
    mutating func sync() {
        let all = position
        step { $0.stored(through: all, at: $1, into: &$2) }
    }

    /// What it sent since the last call.
    mutating func takeSent() -> [Effects<Sundial>.Outgoing] {
        defer { sent = [] }
        return sent
    }

    func state(of member: Int) -> MemberState { machine.state(of: NodeID(place: member)) }
}

extension Effects<Sundial>.Outgoing {
    /// The number of a ping that this is.
    var ping: UInt32? { if case .ping(let sequence) = message.body { sequence } else { nil } }

    /// The number and target of a request to ping that this is.
    var pingRequest: (sequence: UInt32, target: NodeID)? {
        if case .pingRequest(let sequence, let target) = message.body {
            (sequence, target)
        } else {
            nil
        }
    }

    var isAck: Bool { if case .ack = message.body { true } else { false } }
    var isNack: Bool { if case .nack = message.body { true } else { false } }
    var isCorrection: Bool { if case .correction = message.body { true } else { false } }

    /// What it says of a member.
    func state(of member: Int) -> MemberState? {
        message.updates.last { $0.member == NodeID(place: member) }?.state
    }
}

func alive(_ incarnation: UInt32) -> MemberState { MemberState(.alive, incarnation: incarnation) }
func suspect(_ incarnation: UInt32) -> MemberState {
    MemberState(.suspect, incarnation: incarnation)
}
func dead(_ incarnation: UInt32) -> MemberState { MemberState(.dead, incarnation: incarnation) }
func left(_ incarnation: UInt32) -> MemberState { MemberState(.left, incarnation: incarnation) }
