import Measurement
import Synchronization

/// A stream of one contender's messages, from one thread to another.
final class Stream: PairedBody, CheckedBody {
    let name: String
    private let pair: any RingPair
    private let inBatches: Bool
    private let wrong = SharedLine()

    init(name: String, pair: any RingPair, inBatches: Bool) {
        self.name = name
        self.pair = pair
        self.inBatches = inBatches
    }

    func initiate(iterations: Int) { pair.produce(iterations, inBatches: inBatches) }

    func respond(iterations: Int) {
        let found = pair.consume(iterations, inBatches: inBatches)
        // Relaxed: read after the window's hand-over has ordered it.
        wrong.value.bitwiseOr(found, ordering: .relaxed)
    }

    var hasDefect: Bool { wrong.value.load(ordering: .relaxed) != 0 }
}

/// A stream of one contender's messages, from several threads to several others. The first producer is
/// the measuring thread, the first consumer its partner; of the crew the first members are the other
/// consumers.
///
/// The messages of a window are divided evenly among the producers, and among the consumers: all are
/// there until the end, and the channel is empty after it.
///
/// @unchecked Sendable: `crew` is set once, before any window.
final class CrowdedStream: PairedBody, CrewBody, CheckedBody, @unchecked Sendable {
    let name: String
    private let pair: any RingPair
    private let keepsOrder: Bool
    private let use: RingUse
    private let number: Int
    private let turns: (initiator: CrewTurn, responder: CrewTurn)
    private var crew: ThreadCrew?
    private let wrong = SharedLine()
    private let sum = SharedLine()
    private let expected = SharedLine()

    /// A stream that is body number `number` of the crew; all bodies of a crew share its `turns`.
    init(
        of contender: ChannelContenders.Contender, use: RingUse, number: Int,
        turns: (initiator: CrewTurn, responder: CrewTurn)
    ) {
        name = contender.name
        pair = contender.pair
        keepsOrder = contender.keepsOrder
        self.use = use
        self.number = number
        self.turns = turns
    }

    /// Tells it which crew it has. Before the first window.
    func join(_ crew: ThreadCrew) { self.crew = crew }

    /// How many threads a crew needs for `use`.
    static func members(for use: RingUse) -> Int { use.producers + use.consumers - 2 }

    func initiate(iterations: Int) {
        guard let crew else { preconditionFailure("a crowded stream was started without a crew") }
        let total = RingShare.sum(ofProducers: use.producers, total: iterations)
        expected.value.wrappingAdd(total, ordering: .relaxed)
        crew.begin(body: number, iterations: iterations)
        produce(as: 0, iterations)
        // Asleep rather than spinning: others may need this core to finish.
        crew.awaitWindow(turns.initiator)
    }

    func respond(iterations: Int) {
        guard let crew else { preconditionFailure("a crowded stream was started without a crew") }
        consume(as: 0, iterations)
        crew.awaitWindow(turns.responder)
    }

    func assist(as member: Int, iterations: Int) {
        if member < use.consumers - 1 {
            consume(as: member + 1, iterations)
        } else {
            produce(as: member - (use.consumers - 1) + 1, iterations)
        }
    }

    private func produce(as member: Int, _ iterations: Int) {
        let count = RingShare.count(of: member, among: use.producers, total: iterations)
        pair.produceShare(count, as: member)
    }

    private func consume(as member: Int, _ iterations: Int) {
        let count = RingShare.count(of: member, among: use.consumers, total: iterations)
        var found: UInt64 = 0
        let disorder = pair.consumeShare(count, as: member, sum: &found)
        // Relaxed: read after the windows' hand-overs have ordered them.
        wrong.value.bitwiseOr(disorder, ordering: .relaxed)
        sum.value.wrappingAdd(found, ordering: .relaxed)
    }

    /// Whether messages of a producer came to a consumer in another order than they were sent in.
    private var hasDisorder: Bool { wrong.value.load(ordering: .relaxed) != 0 }

    /// Whether a window delivered something else than what was sent, or in another order although the
    /// contender keeps it. Between one producer and one consumer every channel does.
    var hasDefect: Bool {
        guard sum.value.load(ordering: .relaxed) == expected.value.load(ordering: .relaxed) else {
            return true
        }
        return hasDisorder && (keepsOrder || use.producers == 1 && use.consumers == 1)
    }

    /// What is to be noted of a contender that keeps no order: a queue of tickets whose producers wait
    /// for their slot lets one that is held up for a whole lap be overtaken by the holder of the
    /// slot's next ticket.
    var remark: String? {
        guard hasDisorder, !hasDefect else { return nil }
        return "\(name): some messages reached a consumer after later ones of the same producer"
    }
}
