import Glibc
import StateMachines
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Network

@Suite(.enabled(if: Lab.hasRing, "this machine grants no io_uring"))
struct EventLoopTests {
    @Test("a frame that is sent comes back from a loop that echoes, as it was")
    func echo() throws {
        var pair = try Lab.pair()
        pair.serverSide.echoes = true
        let payload = (0..<1000).map { UInt8($0 & 0xFF) }
        let outcome = pair.client.send(
            kind: 5, correlation: 42, payload.span, to: pair.connection)
        #expect(outcome == .queued)
        try pair.turn { $1.frames.count == 1 }
        #expect(
            pair.clientSide.frames == [
                .init(kind: 5, correlation: 42, payload: payload, connection: pair.connection)
            ])
    }

    @Test(
        "a kernel that refuses newer flags serves all the same, and the loop says what it lacks",
        arguments: [[RingSetup.Flags.deferred], [.deferred, .cooperative]])
    func lesserKernels(refused: [RingSetup.Flags]) throws {
        let refuser: RingSetup.Refuser = { flags in
            refused.contains { flags.contains($0) } ? ErrorNumber(code: EINVAL) : nil
        }
        let server = try EventLoop(options: Lab.small, refusing: refuser)
        #expect(refused.allSatisfy { !server.capabilities.setup.flags.contains($0) })
        #expect(server.capabilities.setup.refusals.count >= 1)
        var pair = try Lab.pair(server: server, client: EventLoop(options: Lab.small))
        pair.serverSide.echoes = true
        pair.client.send(kind: 1, [1, 2, 3].span, to: pair.connection)
        try pair.turn { !$1.frames.isEmpty }
    }

    @Test("a kernel without io_uring is a typed error")
    func noRing() {
        let number = ErrorNumber(code: ENOSYS)
        #expect(throws: NetworkError.ringUnavailable(.setup(number))) {
            _ = try EventLoop(options: Lab.small, refusing: { _ in number })
        }
    }

    @Test("loops that spin, for ever or for a while, hear what comes")
    func spinning() throws {
        var options = Lab.small
        for most in [nil, Span.microseconds(1)] {
            options.waiting = .spinning(atMost: most)
            var pair = try Lab.pair(
                server: EventLoop(options: options), client: EventLoop(options: options))
            pair.serverSide.echoes = true
            for count in 1...3 {
                pair.client.send(kind: 1, [9].span, to: pair.connection)
                try pair.turn { $1.frames.count == count }
            }
            #expect(pair.clientSide.frames.map(\.payload) == [[9], [9], [9]])
            #expect(pair.client.statistics.directSends > 0)
        }
    }

    @Test("what is said to a peer in a turn leaves as one send")
    func gathering() throws {
        var pair = try Lab.pair()
        for number in 0..<100 {
            pair.client.send(
                kind: 1, correlation: UInt64(number), [7].span, to: pair.connection)
        }
        try pair.turn { server, _ in server.frames.count == 100 }
        #expect(pair.client.statistics.sends == 1)
        #expect(pair.serverSide.frames.map(\.correlation) == Array(0..<100))
    }

    @Test(
        "large frames survive short transfers, with copies and without, and when loops spin",
        arguments: [
            (nil, LoopWaiting.blocking), (1, .blocking), (nil, .spinning(atMost: nil)),
        ])
    func largeFrames(zeroCopyFrom: Int?, waiting: LoopWaiting) throws {
        var options = ConnectionOptions(
            content: .frames(FrameLimits(maximumPayload: 8 << 20), cluster: Lab.cluster),
            maximumUnsent: 32 << 20)
        options.zeroCopyFrom = zeroCopyFrom
        var loopOptions = Lab.small
        loopOptions.waiting = waiting
        var pair = try Lab.pair(
            options, server: EventLoop(options: loopOptions),
            client: EventLoop(options: loopOptions))
        pair.serverSide.echoes = true
        let payload = (0..<8 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        for number in 0..<2 {
            pair.client.send(
                kind: 1, correlation: UInt64(number), payload.span, to: pair.connection)
        }
        try pair.turn { $1.frames.count == 2 || !$1.closed.isEmpty }
        #expect(pair.clientSide.closed.isEmpty)
        #expect(waiting != .blocking || pair.client.statistics.directSends == 0)
        #expect(pair.clientSide.frames.allSatisfy { $0.payload == payload })
    }

    @Test("what is said before a close is heard, and both sides are told once")
    func closing() throws {
        var pair = try Lab.pair()
        for number in 0..<50 {
            pair.client.send(
                kind: 1, correlation: UInt64(number), [UInt8](repeating: 1, count: 5000).span,
                to: pair.connection)
        }
        pair.client.close(pair.connection)
        let late = pair.client.send(kind: 1, [1].span, to: pair.connection)
        #expect(late == .closed)
        try pair.turn { !$0.closed.isEmpty && !$1.closed.isEmpty }
        #expect(pair.serverSide.frames.count == 50)
        #expect(pair.serverSide.closed.map(\.reason) == [.endOfStream(insideFrame: false)])
        #expect(pair.clientSide.closed == [.init(connection: pair.connection, reason: .asked)])
        #expect(pair.client.connectionCount == 0 && pair.server.connectionCount == 0)
        let isOpen = pair.client.isOpen(pair.connection)
        #expect(!isOpen)
    }

    @Test("connecting to nobody ends with the kernel's refusal")
    func refusal() throws {
        var loop = try EventLoop(options: Lab.small)
        let listener = try loop.listen(at: .loopback(), options: Lab.frames)
        let address = try loop.place(of: listener)
        try loop.stopListening(listener)
        #expect(loop.address(of: listener) == nil)
        var recorder = Recorder()
        try Lab.turn(&loop, &recorder) { $0.turns > 0 }
        let connection = try loop.connect(to: address, options: Lab.frames)
        try Lab.turn(&loop, &recorder) { !$0.closed.isEmpty }
        #expect(
            recorder.closed == [
                .init(
                    connection: connection, reason: .failed(ErrorNumber(code: ECONNREFUSED)))
            ])
    }

    @Test("more connections than there may be are turned away, and none that is there suffers")
    func turnedAway() throws {
        var options = Lab.small
        options.maximumConnections = 2
        var loop = try EventLoop(options: options)
        let listener = try loop.listen(at: .loopback(), options: Lab.frames)
        let address = try loop.place(of: listener)
        var recorder = Recorder()
        recorder.echoes = true
        let peers = try (0..<3).map { _ in try RawPeer(to: address) }
        for _ in 0..<60 where loop.statistics.turnedAway == 0 {
            try loop.turn(&recorder, until: Clock.now + .seconds(1))
        }
        #expect(loop.statistics.turnedAway == 1)
        #expect(loop.connectionCount == 2)
        peers[0].say(Lab.frame([1]))
        try Lab.turn(&loop, &recorder) { !$0.frames.isEmpty }
        #expect(throws: NetworkError.tooManyConnections(limit: 2)) {
            try loop.connect(to: address, options: Lab.frames)
        }
    }

    @Test("an address that is taken is refused by name")
    func takenAddress() throws {
        var loop = try EventLoop(options: Lab.small)
        let listener = try loop.listen(at: .loopback(), options: Lab.frames)
        let address = try loop.place(of: listener)
        #expect(throws: NetworkError.listen(address, ErrorNumber(code: EADDRINUSE))) {
            try loop.listen(at: address, options: Lab.frames)
        }
    }

    @Test("a loop belongs to the thread that turned it first, and says so to another")
    func ownThread() throws {
        let loop = Mutex<EventLoop>(try EventLoop(options: Lab.small))
        guard loop.withLock({ $0.capabilities.setup.flags.contains(.singleIssuer) }) else { return }
        try loop.withLock { loop in
            var recorder = Recorder()
            try loop.turn(&recorder, until: Clock.now)
        }
        let refusal = Mutex<NetworkError?>(nil)
        TestThread.all(1) { _ in
            do throws(NetworkError) {
                try loop.withLock { loop throws(NetworkError) in
                    var recorder = Recorder()
                    try loop.turn(&recorder, until: Clock.now)
                }
            } catch {
                refusal.withLock { $0 = error }
            }
        }
        #expect(refusal.withLock { $0 } == .refused(.ring, ErrorNumber(code: EEXIST)))
    }
}
