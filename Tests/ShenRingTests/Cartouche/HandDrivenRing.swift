import Randomness
import StateMachines

@testable import ShenRing

/// A token ring driven by hand: every message, sync and moment comes when a test says so.
struct HandDrivenRing {
    struct Letter {
        let sender: NodeID
        let receiver: NodeID
        let content: Cartouche.Content
    }

    static let lease = Span.milliseconds(60)
    static let hold = Span.milliseconds(10)
    static let patience = Span.milliseconds(25)
    static let resend = Span.milliseconds(2)

    var machines: [Cartouche?]
    /// What is under way, in the order in which it was sent.
    var letters: [Letter] = []
    var events: [[Cartouche.Event]]
    var disks: [[Cartouche.Record]]
    var pending: [[Cartouche.Record]]
    /// Whether records are durable as soon as they are stored.
    var syncsAtOnce = true
    var now = Moment(nanoseconds: 1_000_000_000)
    let settings: Cartouche.Settings
    private var positions: [RecordPosition]
    private var lives = 0

    /// Nodes of which the first are founders of a ring.
    init(
        _ count: Int, founders: Int? = nil,
        _ change: (inout Cartouche.Settings) -> Void = { _ in }
    ) throws {
        var settings = Cartouche.Settings()
        settings.lease = Self.lease
        settings.hold = Self.hold
        settings.leastHold = .milliseconds(2)
        settings.resend = Self.resend
        settings.patience = Self.patience
        settings.drift = 0
        settings.contacts = (0..<count).map(NodeID.init(place:))
        change(&settings)
        self.settings = settings
        machines = Array(repeating: nil, count: count)
        events = Array(repeating: [], count: count)
        disks = Array(repeating: [], count: count)
        pending = disks
        positions = Array(repeating: 0, count: count)
        for place in 0..<count { start(place) }
        let ring = try Cartouche.Configuration(
            founders: (0..<(founders ?? count)).map(NodeID.init(place:)))
        for member in ring.members { ask(.found(ring), of: member.node.place) }
    }

    // MARK: Steps

    /// Begins a life of a node with what its disk holds.
    mutating func start(_ place: Int) {
        lives += 1
        pending[place] = []
        positions[place] = 0
        machines[place] = Cartouche(
            node: NodeID(place: place), settings: settings, recovered: disks[place],
            seed: Seed(UInt64(lives)))
        step(place) { $0.start(at: $1, into: &$2) }
    }

    /// Ends a node's life; what was under way to it is lost, where told.
    mutating func crash(_ place: Int, losingDisk: Bool = false) {
        machines[place] = nil
        pending[place] = []
        if losingDisk { disks[place] = [] }
    }

    mutating func ask(_ request: Cartouche.Request, of place: Int) {
        step(place) { $0.handle(request, at: $1, into: &$2) }
    }

    /// Hands a message to a node, whether or not anybody sent it.
    mutating func hand(
        _ content: Cartouche.Content, from sender: Int, to place: Int, ring: UInt64 = 0,
        version: UInt16 = Cartouche.Message.version
    ) {
        let message = Cartouche.Message(ring: ring, version: version, content)
        step(place) { $0.receive(message, from: NodeID(place: sender), at: $1, into: &$2) }
    }

    /// Delivers what is under way, and what that leads to, where a condition holds; the rest stays.
    mutating func deliver(where isWanted: (Letter) -> Bool = { _ in true }) {
        while let place = letters.firstIndex(where: isWanted) {
            let letter = letters.remove(at: place)
            hand(letter.content, from: letter.sender.place, to: letter.receiver.place)
        }
    }

    /// Makes durable what a node has stored.
    mutating func sync(_ place: Int) {
        while !pending[place].isEmpty {
            disks[place] += pending[place]
            positions[place] += RecordPosition(pending[place].count)
            pending[place] = []
            let position = positions[place]
            step(place) { $0.stored(through: position, at: $1, into: &$2) }
        }
    }

    /// Lets time pass, with timers, and messages that arrive at once where a condition holds.
    mutating func pass(_ span: Span, where isWanted: (Letter) -> Bool = { _ in true }) {
        let end = now + span
        deliver(where: isWanted)
        while let due = machines.compactMap({ $0?.deadline }).min(), due <= end {
            now = max(now, due)
            for place in machines.indices {
                if let deadline = machines[place]?.deadline, deadline <= now {
                    step(place) { $0.wake(at: $1, into: &$2) }
                }
            }
            deliver(where: isWanted)
        }
        now = end
    }

    private mutating func step(
        _ place: Int,
        _ body: (inout Cartouche, Moment, inout Effects<Cartouche>) -> Void
    ) {
        guard machines[place] != nil else { return }
        var effects = Effects<Cartouche>(
            position: positions[place] + RecordPosition(pending[place].count))
        // Taken out, so that the machine is not copied.
        if var machine = machines[place].take() {
            body(&machine, now, &effects)
            machines[place] = machine
        }
        let sender = NodeID(place: place)
        letters += effects.messages.map {
            Letter(sender: sender, receiver: $0.receiver, content: $0.message.content)
        }
        events[place] += effects.events
        pending[place] += effects.records
        if syncsAtOnce { sync(place) }
    }

    // MARK: What tests look at

    func node(_ place: Int) throws -> Cartouche {
        guard let machine = machines[place] else { throw HandDrivenRingError.down(place) }
        return machine
    }

    /// The grants that a node was given, in order.
    func grants(of place: Int) -> [Cartouche.Grant] {
        events[place].compactMap { if case .granted(let grant) = $0 { grant } else { nil } }
    }

    /// The epochs whose tokens were minted, by anybody.
    var minted: [UInt64] {
        events.joined().compactMap { if case .minted(let epoch) = $0 { epoch.number } else { nil } }
    }

    /// Has a node granted the right, from nothing.
    mutating func acquire(_ ticket: UInt64, at place: Int) throws -> Cartouche.Grant {
        let before = grants(of: place).count
        ask(.acquire(ticket), of: place)
        for _ in 0..<400 where grants(of: place).count == before { pass(.milliseconds(1)) }
        guard grants(of: place).count > before, let grant = grants(of: place).last else {
            throw HandDrivenRingError.noGrant(place)
        }
        return grant
    }
}

enum HandDrivenRingError: Error {
    case down(Int)
    case noGrant(Int)
}

extension Cartouche.Content {
    var isPass: Bool { if case .pass = self { true } else { false } }
    var isTaken: Bool { if case .taken = self { true } else { false } }
    var isVote: Bool { if case .vote = self { true } else { false } }
    var isPrepare: Bool { if case .prepare = self { true } else { false } }
    var isRenew: Bool { if case .renew = self { true } else { false } }
    var isRenewed: Bool { if case .renewed = self { true } else { false } }
    var isWant: Bool { if case .want = self { true } else { false } }
    var isPropose: Bool { if case .propose = self { true } else { false } }
    var token: Cartouche.Token? { if case .pass(let token, _) = self { token } else { nil } }
    var refusal: Cartouche.Refusal? {
        if case .refused(_, let refusal) = self { refusal } else { nil }
    }
}
