import Randomness
import ShenRing
import StateMachines
import Testing

@testable import RingSimulation

/// A client between servers that a test plays.
@Suite struct KeyedClientTests {
    private typealias Client = KeyedClient<QuorumMessage>

    private static let cluster = ClusterID(3)

    /// A client that is moved step by step.
    private struct Stepped {
        var client: Client
        var now = Moment(nanoseconds: 0)
        var events: [ClientEvent] = []

        init(seed: UInt64 = 4, _ change: (inout ClientSettings) -> Void = { _ in }) {
            var settings = ClientSettings(
                cluster: KeyedClientTests.cluster, servers: [NodeID(0), NodeID(1), NodeID(2)])
            settings.patience = .milliseconds(50)
            settings.backoff = .milliseconds(5)
            change(&settings)
            client = Client(NodeID(9), settings: settings, seed: Seed(seed))
        }

        mutating func step(
            _ body: (inout Client, Moment, inout Effects<Client>) -> Void
        ) -> [(server: NodeID, request: ClientRequest)] {
            var effects = Effects<Client>()
            body(&client, now, &effects)
            events += effects.events
            return effects.messages.compactMap { outgoing in
                guard case .request(let request) = outgoing.message.body else { return nil }
                return (outgoing.receiver, request)
            }
        }

        mutating func perform(_ operation: KeyedOperation) -> (
            server: NodeID, request: ClientRequest
        ) {
            step { $0.handle(.perform(key: 1, operation), at: $1, into: &$2) }[0]
        }

        mutating func hear(
            _ outcome: RequestOutcome, to number: UInt64, from server: NodeID,
            cluster: ClusterID = KeyedClientTests.cluster
        ) -> [(server: NodeID, request: ClientRequest)] {
            let id = RequestID(client: NodeID(9), number: number)
            let message = QuorumMessage(cluster: cluster, .answer(ClientAnswer(id, outcome)))
            return step { $0.receive(message, from: server, at: $1, into: &$2) }
        }

        mutating func wake() -> [(server: NodeID, request: ClientRequest)] {
            if let deadline = client.deadline { now = max(now, deadline) }
            return step { $0.wake(at: $1, into: &$2) }
        }

        /// Goes on over the timers of what was answered meanwhile.
        mutating func wakeUntilItSends() -> [(server: NodeID, request: ClientRequest)] {
            while client.deadline != nil {
                let sent = wake()
                if !sent.isEmpty { return sent }
            }
            return []
        }
    }

    @Test func `what is not answered is sent again under the same name, to the next server`() {
        var client = Stepped()
        let first = client.perform(.write([1]))
        let again = client.wake()
        #expect(client.now == Moment(nanoseconds: 0) + .milliseconds(50))
        #expect(again.count == 1 && again[0].request == first.request)
        #expect(again[0].server.place == (first.server.place + 1) % 3)
        #expect(client.hear(.written(at: 4), to: 1, from: first.server).isEmpty)
        #expect(client.client.underWay == 0)
        // The timer of what is answered does nothing, nor does a second answer.
        #expect(client.wake().isEmpty && client.client.deadline == nil)
        #expect(client.hear(.written(at: 5), to: 1, from: first.server).isEmpty)
        #expect(
            client.events == [
                .invoked(first.request.id, key: 1, .write([1])),
                .answered(first.request.id, .written(at: 4)),
            ])
    }

    @Test func `a client goes where it is sent, but not round and round`() {
        var client = Stepped()
        var last = client.perform(.write([1]))
        for _ in 0..<3 {
            let next = NodeID(place: (last.server.place + 1) % 3)
            let sent = client.hear(.redirected(next), to: 1, from: last.server)
            #expect(sent.count == 1 && sent[0].server == next)
            last = sent[0]
        }
        let next = NodeID(place: (last.server.place + 1) % 3)
        #expect(client.hear(.redirected(next), to: 1, from: last.server).isEmpty)
        let before = client.now
        let later = client.wake()
        #expect(client.now == before + .milliseconds(5))
        // Those two have sent it to each other.
        #expect(later.count == 1 && later[0].server != next)
    }

    /// Two servers may each believe in the other, where one of them is cut off from whoever decides.
    @Test func `two servers that send a client to each other do not keep it from a third`() {
        for seed in UInt64(1)...20 {
            var client = Stepped(seed: seed)
            var last = client.perform(.write([1]))
            var asked = 0
            while last.server.place > 0, asked < 100 {
                asked += 1
                let other = NodeID(place: 3 - last.server.place)
                let sent = client.hear(.redirected(other), to: 1, from: last.server)
                last = sent.first ?? client.wakeUntilItSends()[0]
            }
            #expect(asked <= 12, "seed \(seed)")
        }
    }

    /// Servers that were removed know no leader, or one of them: what they say leads past those who serve.
    @Test(arguments: [nil, NodeID(2)])
    func `servers that only know of each other do not keep a client from the others`(
        answer: NodeID?
    ) {
        for seed in UInt64(1)...20 {
            var client = Stepped(seed: seed) { $0.servers = (0..<6).map(NodeID.init(place:)) }
            var last = client.perform(.write([1]))
            var asked = 0
            // The first two serve, and 2 is silent, or knows of nobody.
            while last.server.place >= 2, asked < 100 {
                asked += 1
                let sent: [(server: NodeID, request: ClientRequest)]
                switch (last.server.place, answer) {
                case (2, .some): sent = []
                case (3, _), (2, nil):
                    sent = client.hear(.redirected(nil), to: 1, from: last.server)
                default: sent = client.hear(.redirected(NodeID(2)), to: 1, from: last.server)
                }
                last = sent.first ?? client.wakeUntilItSends()[0]
            }
            #expect(asked <= 30, "seed \(seed)")
        }
    }

    @Test func `a server without room, or without a leader, is asked again a little later`() {
        for outcome in [RequestOutcome.overloaded, .redirected(nil)] {
            var client = Stepped()
            let first = client.perform(.write([1]))
            #expect(client.hear(outcome, to: 1, from: first.server).isEmpty)
            let again = client.wake()
            #expect(again.count == 1 && again[0].request == first.request)
            #expect((again[0].server == first.server) == (outcome == .overloaded))
        }
    }

    /// After which pauses a request is sent to a server that never has room.
    private func pauses(_ count: Int, seed: UInt64) -> [Span] {
        var client = Stepped(seed: seed)
        var sent = client.perform(.write([1]))
        return (0..<count).map { _ in
            let before = client.now
            #expect(client.hear(.overloaded, to: 1, from: sent.server).isEmpty)
            let again = client.wakeUntilItSends()
            #expect(again.count == 1 && again.first?.server == sent.server)
            sent = again.first ?? sent
            return client.now - before
        }
    }

    @Test func `a server without room is asked less and less often, and never at one beat`() {
        let waited = pauses(40, seed: 4)
        for (place, pause) in waited.enumerated() {
            let longest = Span.milliseconds(5) * (1 << min(place, 4))
            #expect(pause <= longest && pause.nanoseconds >= longest.nanoseconds / 2, "\(place)")
        }
        #expect(Set(waited.suffix(20)).count > 10)
        #expect(pauses(40, seed: 4) == waited)
        #expect(pauses(40, seed: 5) != waited)
    }

    @Test func `what many requests wait for comes in its order, not in that of their refusals`() {
        var client = Stepped()
        let server = client.perform(.write([1])).server
        for _ in 0..<6 {
            _ = client.hear(.overloaded, to: 1, from: server)
            _ = client.wakeUntilItSends()
        }
        _ = client.perform(.write([2]))
        _ = client.hear(.overloaded, to: 1, from: server)
        _ = client.hear(.overloaded, to: 2, from: server)
        #expect(client.wakeUntilItSends().map(\.request.id.number) == [2])
        #expect(client.wakeUntilItSends().map(\.request.id.number) == [1])
    }

    @Test func `a redirection ends what a server without room began`() {
        var client = Stepped()
        let first = client.perform(.write([1]))
        for _ in 0..<6 {
            _ = client.hear(.overloaded, to: 1, from: first.server)
            _ = client.wakeUntilItSends()
        }
        let next = NodeID(place: (first.server.place + 1) % 3)
        #expect(client.hear(.redirected(next), to: 1, from: first.server).map(\.server) == [next])
        let before = client.now
        _ = client.hear(.overloaded, to: 1, from: next)
        _ = client.wakeUntilItSends()
        #expect(client.now - before <= .milliseconds(5))
    }

    @Test func `one silent server makes a client turn once, however much waits for it`() {
        var client = Stepped()
        let silent = client.perform(.write([0])).server
        let next = NodeID(place: (silent.place + 1) % 3)
        for place in 1..<10 {
            client.now = client.now + .milliseconds(1)
            #expect(client.perform(.write([UInt8(place)])).server == silent)
        }
        #expect(client.wake().map(\.server) == [next])
        // That one believes in the silent server. What was sent before does not turn the client again.
        #expect(client.hear(.redirected(silent), to: 1, from: next).map(\.server) == [silent])
        for _ in 1..<10 { #expect(client.wake().map(\.server) == [silent]) }
        // Another silence does, to the one whose turn it is: the one before has had its.
        let third = NodeID(place: (silent.place + 2) % 3)
        #expect(client.wake().map(\.server) == [third])
        for _ in 1..<10 { #expect(client.wake().map(\.server) == [third]) }
    }

    @Test func `a request says which is the oldest that is waited for`() {
        var client = Stepped()
        let server = client.perform(.write([1])).server
        _ = client.perform(.write([2]))
        _ = client.hear(.written(at: 2), to: 2, from: server)
        #expect(client.perform(.write([3])).request.oldest == 1)
        _ = client.hear(.written(at: 1), to: 1, from: server)
        #expect(client.perform(.write([4])).request.oldest == 3)
    }

    @Test func `what nobody remembers is told as that, and foreign answers are none`() {
        var client = Stepped { $0.firstNumber = 70 }
        let first = client.perform(.write([1]))
        #expect(first.request.id.number == 70 && first.request.oldest == 70)
        _ = client.hear(.written(at: 1), to: 70, from: first.server, cluster: ClusterID(4))
        #expect(client.client.underWay == 1)
        _ = client.hear(.forgotten, to: 70, from: first.server)
        #expect(client.client.underWay == 0)
        #expect(client.events.last == .abandoned(first.request.id))
    }

    @Test func `load keeps the window full, stops, and goes on`() {
        var load = ClientLoad()
        load.window = 3
        var client = Stepped { $0.load = load }
        let begun = client.step { $0.start(at: $1, into: &$2) }
        #expect(begun.count == 3 && Set(begun.map(\.request.id.number)) == [1, 2, 3])
        let next = client.hear(.value(nil), to: 2, from: begun[1].server)
        #expect(next.map(\.request.id.number) == [4])
        _ = client.step { $0.handle(.stop, at: $1, into: &$2) }
        #expect(client.hear(.value(nil), to: 1, from: begun[0].server).isEmpty)
        #expect(client.client.underWay == 2)
        let resumed = client.step { $0.handle(.resume, at: $1, into: &$2) }
        #expect(resumed.map(\.request.id.number) == [5] && client.client.underWay == 3)
    }

    /// Servers drop what is further ahead of the oldest request than they remember.
    @Test func `a client has no more ahead of its oldest request than servers remember`() {
        var load = ClientLoad()
        load.window = 3
        var client = Stepped { $0.load = load }
        let begun = client.step { $0.start(at: $1, into: &$2) }
        let server = begun[0].server
        var newest: UInt64 = 3
        // The first one is refused all the time, and those behind it are answered.
        for number in UInt64(2)...4_100 where client.client.underWay > 1 {
            let sent = client.hear(.written(at: number), to: number, from: server)
            if let last = sent.last { newest = last.request.id.number }
        }
        #expect(newest == KeyedState.window && client.client.underWay == 1)
        // Once it is answered, the window is full again.
        let sent = client.hear(.written(at: 1), to: 1, from: server)
        #expect(sent.map(\.request.id.number) == [newest + 1, newest + 2, newest + 3])
        #expect(client.client.underWay == 3)
    }

    @Test func `what an application asks beyond that waits, and leaves in its order`() {
        var client = Stepped()
        let server = client.perform(.write([0])).server
        let window = UInt64(KeyedState.window)
        for number in 2...window { #expect(client.perform(.read).request.id.number == number) }
        for value in UInt8(1)...3 {
            let sent = client.step {
                $0.handle(.perform(key: 1, .write([value])), at: $1, into: &$2)
            }
            #expect(sent.isEmpty)
        }
        for number in 2...window { _ = client.hear(.value(nil), to: number, from: server) }
        let sent = client.hear(.written(at: 1), to: 1, from: server)
        #expect(sent.map(\.request.id.number) == [window + 1, window + 2, window + 3])
        #expect(sent.map(\.request.operation) == [.write([1]), .write([2]), .write([3])])
    }
}
