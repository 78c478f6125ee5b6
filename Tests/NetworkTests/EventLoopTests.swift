import Glibc
import StateMachines
import Storage
import TestSupport
import Testing

@testable import Network

/// What a loop promises over every transport.
struct EventLoopTests {
    @Test(
        "a frame that is sent comes back from a loop that echoes, as it was",
        arguments: Lab.transports)
    func echo(over transport: Transport) throws {
        var pair = try Lab.pair(over: transport)
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
        "what is said to a peer in a turn leaves as one send",
        arguments: Lab.transports)
    func gathering(over transport: Transport) throws {
        var pair = try Lab.pair(over: transport)
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
        arguments: Lab.transports,
        [
            (nil, LoopWaiting.blocking), (1, .blocking), (nil, .spinning(atMost: nil)),
        ])
    func largeFrames(over transport: Transport, way: (Int?, LoopWaiting)) throws {
        let (zeroCopyFrom, waiting) = way
        var options = ConnectionOptions(
            content: .frames(FrameLimits(maximumPayload: 8 << 20), cluster: Lab.cluster),
            maximumUnsent: 32 << 20)
        options.zeroCopyFrom = zeroCopyFrom
        var loopOptions = Lab.small
        loopOptions.waiting = waiting
        var pair = try Lab.pair(
            options, server: EventLoop(options: loopOptions, transport: transport),
            client: EventLoop(options: loopOptions, transport: transport))
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

    @Test(
        "what is said before a close is heard, and both sides are told once",
        arguments: Lab.transports)
    func closing(over transport: Transport) throws {
        var pair = try Lab.pair(over: transport)
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

    @Test(
        "connecting to nobody ends with the kernel's refusal",
        arguments: Lab.transports)
    func refusal(over transport: Transport) throws {
        var loop = try Lab.loop(over: transport)
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

    @Test(
        "more connections than there may be are turned away, and none that is there suffers",
        arguments: Lab.transports)
    func turnedAway(over transport: Transport) throws {
        var options = Lab.small
        options.maximumConnections = 2
        var loop = try EventLoop(options: options, transport: transport)
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

    @Test(
        "an address that is taken is refused by name",
        arguments: Lab.transports)
    func takenAddress(over transport: Transport) throws {
        var loop = try Lab.loop(over: transport)
        let listener = try loop.listen(at: .loopback(), options: Lab.frames)
        let address = try loop.place(of: listener)
        #expect(throws: NetworkError.listen(address, ErrorNumber(code: EADDRINUSE))) {
            try loop.listen(at: address, options: Lab.frames)
        }
    }
}
