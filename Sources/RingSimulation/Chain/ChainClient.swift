import Randomness
import ShenRing
import StateMachines

/// A client of a chain: one that knows that the node which answers a write, the tail, need not be the one
/// that took it, the head.
///
/// A `KeyedClient` turns to whoever answered it last, as is right for a leader. This one tells it that the
/// answer came from the node that it had asked.
struct ChainClient: StateMachine {
    typealias Message = ChainMessage
    typealias Record = Never
    typealias Request = ClientCommand
    typealias Event = ClientEvent

    private var client: KeyedClient<ChainMessage>
    /// Which node each request under way was sent to last.
    private var asked: [RequestID: NodeID] = [:]

    init(_ id: NodeID, settings: ClientSettings, seed: Seed) {
        client = KeyedClient(id, settings: settings, seed: seed)
    }

    mutating func start(at now: Moment, into effects: inout Effects<Self>) {
        step(into: &effects) { $0.start(at: now, into: &$1) }
    }

    mutating func receive(
        _ message: ChainMessage, from sender: NodeID, at now: Moment,
        into effects: inout Effects<Self>
    ) {
        guard let answer = message.answer(cluster: client.settings.cluster),
            let taker = asked[answer.id]
        else { return }
        step(into: &effects) { $0.receive(message, from: taker, at: now, into: &$1) }
    }

    mutating func handle(
        _ request: ClientCommand, at now: Moment, into effects: inout Effects<Self>
    ) {
        step(into: &effects) { $0.handle(request, at: now, into: &$1) }
    }

    mutating func wake(at now: Moment, into effects: inout Effects<Self>) {
        step(into: &effects) { $0.wake(at: now, into: &$1) }
    }

    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {}

    var deadline: Moment? { client.deadline }

    private mutating func step(
        into effects: inout Effects<Self>,
        _ body: (inout KeyedClient<ChainMessage>, inout Effects<KeyedClient<ChainMessage>>) -> Void
    ) {
        var own = Effects<KeyedClient<ChainMessage>>(position: effects.position)
        body(&client, &own)
        for event in own.events {
            switch event {
            case .answered(let id, _), .abandoned(let id): asked[id] = nil
            case .invoked: break
            }
            effects.report(event)
        }
        for outgoing in own.messages {
            if case .request(let request) = outgoing.message.body {
                asked[request.id] = outgoing.receiver
            }
            effects.send(outgoing.message, to: outgoing.receiver)
        }
    }
}
