import Glibc
import Randomness
import StateMachines
import TestSupport
import Testing

@testable import Network

/// A relay between real sockets: two callers, and a server that answers with what it is told.
@Suite(.enabled(if: Lab.hasRing, "this machine grants no io_uring"))
struct RelayTests {
    private static let server = NodeID(0)
    private static let caller = NodeID(1)
    private static let other = NodeID(2)
    private static let there = Link(from: caller, to: server)

    /// A server that the test turns, and a relay to it for both callers.
    private final class Setting {
        var loop: EventLoop
        var recorder = Recorder()
        let relay: RunningRelay
        private let listener: ListenerID

        init(_ conditions: LinkConditions = .init(), echoes: Bool = true) throws {
            loop = try EventLoop(options: Lab.small)
            recorder.echoes = echoes
            listener = try loop.listen(at: .loopback(), options: .init(content: .bytes))
            relay = try RunningRelay(
                RelayPlan(
                    targets: [server: loop.place(of: listener)],
                    calls: [there, Link(from: other, to: server)], conditions: conditions,
                    seed: testSeed))
        }

        func peer(_ node: NodeID = caller) throws -> RawPeer {
            try RawPeer(to: relay.address(of: Link(from: node, to: server)))
        }

        /// Listens no more, so that who calls is refused.
        func stopListening() throws { try loop.stopListening(listener) }

        /// Turns the server until `isDone`, which is asked all the time.
        func turn(
            sourceLocation: SourceLocation = #_sourceLocation, until isDone: () -> Bool
        ) throws {
            try Lab.turn(
                &loop, &recorder, step: .milliseconds(1), sourceLocation: sourceLocation
            ) { _ in isDone() }
        }

        /// Waits until `peer` has heard so many bytes, and gives them.
        func hear(
            _ count: Int, by peer: RawPeer, sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> [UInt8] {
            var heard: [UInt8] = []
            try turn(sourceLocation: sourceLocation) {
                heard += peer.hear() ?? []
                return heard.count >= count
            }
            return heard
        }

        /// Waits until `peer` hears that its connection has ended.
        func end(
            of peer: RawPeer, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            try turn(sourceLocation: sourceLocation) { peer.hear() == nil }
        }

        /// Waits until the relay has taken so many bytes.
        func taken(
            _ count: UInt64, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            try turn(sourceLocation: sourceLocation) { relay.statistics.bytesTaken >= count }
        }
    }

    @Test func `bytes come whole and in order, there and back`() throws {
        let setting = try Setting(
            LinkConditions(delay: .milliseconds(2), jitter: .milliseconds(1), loss: 0.001))
        let peer = try setting.peer()
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var said = 0
        var heard: [UInt8] = []
        try setting.turn {
            if said < bytes.count { said += max(0, peer.say(Array(bytes[said...]))) }
            heard += peer.hear() ?? []
            return heard.count >= bytes.count
        }
        #expect(heard == bytes, "\(replay)")
        let done = setting.relay.statistics
        #expect(done.bytesTaken == UInt64(2 * bytes.count) && done.bytesGiven == done.bytesTaken)
        #expect(done.lateness.count > 0 && done.connections == 1)
    }

    @Test func `an answer takes no less than both ways, and the first no less than twice that`()
        throws
    {
        let setting = try Setting(LinkConditions(delay: .milliseconds(20)))
        let peer = try setting.peer()
        // Who connects over the link waits for a round trip; then come the words, there and back.
        for least in [Span.milliseconds(80), .milliseconds(40), .milliseconds(40)] {
            let begin = Clock.now
            peer.say([1, 2, 3])
            #expect(try setting.hear(3, by: peer) == [1, 2, 3])
            #expect(Clock.now - begin >= least)
        }
    }

    @Test func `a rate is not exceeded`() throws {
        // Ten bytes a millisecond; the answer goes over a link of its own.
        let setting = try Setting(LinkConditions(rate: 1_000_000))
        let peer = try setting.peer()
        let count = 30_000
        let begin = Clock.now
        #expect(peer.say([UInt8](repeating: 1, count: count)) == count)
        _ = try setting.hear(count, by: peer)
        #expect(Clock.now - begin >= .microseconds(Int64(count - TokenBucket.depth)))
    }

    @Test func `a link that is cut passes nothing, and all in order when it is healed`() throws {
        let setting = try Setting()
        let (peer, witness) = (try setting.peer(), try setting.peer(Self.other))
        peer.say([1])
        witness.say([100])
        #expect(try setting.hear(1, by: peer) + setting.hear(1, by: witness) == [1, 100])
        setting.relay.cut([Self.there])
        peer.say([2])
        peer.say([3])
        try setting.taken(6)
        // What others say after it, and are answered, has come: it is the cut that holds it up.
        for number in 101...110 {
            witness.say([UInt8(number)])
            #expect(try setting.hear(1, by: witness) == [UInt8(number)])
        }
        #expect(setting.recorder.bytes.sorted() == [1] + (100...110) && peer.hear() == [])
        setting.relay.heal([Self.there])
        #expect(try setting.hear(2, by: peer) == [2, 3])
    }

    @Test func `a link that is cut one way passes what goes the other way`() throws {
        let setting = try Setting()
        let (peer, witness) = (try setting.peer(), try setting.peer(Self.other))
        peer.say([1])
        #expect(try setting.hear(1, by: peer) == [1])
        setting.relay.cut([Self.there.reversed])
        peer.say([2])
        // The question comes; its answer does not, though the relay has it.
        try setting.taken(4)
        witness.say([100])
        #expect(try setting.hear(1, by: witness) == [100])
        #expect(setting.recorder.bytes.filter { $0 < 100 } == [1, 2] && peer.hear() == [])
        setting.relay.heal([Self.there.reversed])
        #expect(try setting.hear(1, by: peer) == [2])
    }

    @Test func `a link that was cut twice passes nothing until both cuts are healed`() throws {
        let setting = try Setting()
        let (peer, witness) = (try setting.peer(), try setting.peer(Self.other))
        peer.say([1])
        witness.say([100])
        #expect(try setting.hear(1, by: peer) + setting.hear(1, by: witness) == [1, 100])
        setting.relay.cut([Self.there, Self.there.reversed])
        setting.relay.cut([Self.there])
        setting.relay.heal([Self.there.reversed, Self.there])
        peer.say([2])
        try setting.taken(5)
        // Each that is answered has passed what was said before it.
        for number in 101...110 {
            witness.say([UInt8(number)])
            #expect(try setting.hear(1, by: witness) == [UInt8(number)])
        }
        #expect(!setting.recorder.bytes.contains(2) && peer.hear() == [])
        setting.relay.heal([Self.there])
        #expect(try setting.hear(1, by: peer) == [2])
        // What is not cut cannot be healed ahead of time.
        setting.relay.heal([Self.there])
        setting.relay.cut([Self.there])
        peer.say([3])
        try setting.taken(UInt64(2 * 13 + 1))
        witness.say([111])
        #expect(try setting.hear(1, by: witness) == [111])
        #expect(!setting.recorder.bytes.contains(3))
    }

    @Test func `who calls over a cut link is connected when it is healed`() throws {
        let setting = try Setting()
        setting.relay.cut([Self.there, Self.there.reversed])
        let (peer, witness) = (try setting.peer(), try setting.peer(Self.other))
        peer.say([7])
        witness.say([100])
        #expect(try setting.hear(1, by: witness) == [100])
        #expect(setting.recorder.accepted.count == 1 && setting.recorder.bytes == [100])
        setting.relay.heal([Self.there, Self.there.reversed])
        #expect(try setting.hear(1, by: peer) == [7])
    }

    @Test func `a reset ends the connections of its links, and of no others`() throws {
        let setting = try Setting()
        let (peer, witness) = (try setting.peer(), try setting.peer(Self.other))
        peer.say([1])
        witness.say([100])
        #expect(try setting.hear(1, by: peer) + setting.hear(1, by: witness) == [1, 100])
        setting.relay.reset([Self.there])
        try setting.end(of: peer)
        witness.say([101])
        #expect(try setting.hear(1, by: witness) == [101])
        #expect(setting.recorder.closed.count == 1)
        // Who calls again is heard.
        let again = try setting.peer()
        again.say([2])
        #expect(try setting.hear(1, by: again) == [2])
    }

    @Test func `the end of a connection comes behind all that was said before it`() throws {
        let setting = try Setting(LinkConditions(delay: .milliseconds(5)), echoes: false)
        do {
            let peer = try setting.peer()
            peer.say([UInt8](repeating: 9, count: 10_000))
        }
        try Lab.turn(&setting.loop, &setting.recorder) { !$0.closed.isEmpty }
        #expect(setting.recorder.bytes.count == 10_000)
        #expect(setting.recorder.closed.map(\.reason) == [.endOfStream(insideFrame: false)])
    }

    @Test func `who calls somebody who is not there hears that its connection has ended`() throws {
        let setting = try Setting()
        try setting.stopListening()
        try setting.loop.turn(&setting.recorder, until: Clock.now)
        let peer = try setting.peer()
        peer.say([1])
        try setting.end(of: peer)
        #expect(setting.relay.statistics.refused == 1)
    }

    @Test func `a receiver who does not read stops the sender, and gets all in the end`() throws {
        var conditions = LinkConditions(delay: .milliseconds(1))
        conditions.window = LinkConditions.leastWindow
        let setting = try Setting(conditions, echoes: false)
        let peer = try setting.peer()
        peer.say([1])
        try Lab.turn(&setting.loop, &setting.recorder) { !$0.accepted.isEmpty }
        let connection = try #require(setting.recorder.accepted.first)
        setting.loop.pause(connection)
        // Until nobody takes any more: neither kernel nor the relay.
        let piece = [UInt8](repeating: 2, count: 1 << 16)
        var (said, refusals) = (1, 0)
        while refusals < 200 {
            let count = peer.say(piece)
            said += max(0, count)
            refusals = count > 0 ? 0 : refusals + 1
            try setting.loop.turn(&setting.recorder, until: Clock.now + .milliseconds(1))
        }
        let done = setting.relay.statistics
        #expect(done.pauses > 0)
        // A window on the line, the connection's own buffers, and what had come before the pause.
        #expect(done.bytesTaken - done.bytesGiven <= UInt64(conditions.window + 256 << 14))
        #expect(done.bytesTaken < UInt64(said))
        setting.loop.resume(connection)
        try Lab.turn(&setting.loop, &setting.recorder) { $0.bytes.count >= said }
        #expect(setting.recorder.bytes.count == said)
    }

    @Test func `other conditions hold for what comes after they are set`() throws {
        let setting = try Setting()
        let peer = try setting.peer()
        peer.say([1])
        #expect(try setting.hear(1, by: peer) == [1])
        setting.relay.change([Self.there], to: LinkConditions(delay: .milliseconds(30)))
        let begin = Clock.now
        peer.say([2])
        #expect(try setting.hear(1, by: peer) == [2])
        #expect(Clock.now - begin >= .milliseconds(30))
    }

    @Test func `a relay that is stopped ends its connections, and may be stopped again`() throws {
        let setting = try Setting()
        let peer = try setting.peer()
        peer.say([1])
        #expect(try setting.hear(1, by: peer) == [1])
        setting.relay.stop()
        try setting.end(of: peer)
        setting.relay.stop()
        #expect(setting.relay.failure == nil)
        #expect(setting.relay.statistics.connections == 1)
    }
}
