import StateMachines
import Testing

@testable import Network

struct BackPressureTests {
    /// Sends numbered frames until there is no room; gives how many were taken.
    private func fill(_ pair: inout Lab.Pair, from first: UInt64) throws -> UInt64 {
        let payload = [UInt8](repeating: 1, count: 1000)
        var next = first
        var turns = 0
        // The kernel takes some; what counts is that at last it takes no more, nor do we.
        while turns < 50 {
            while pair.client.send(
                kind: 1, correlation: next, payload.span, to: pair.connection) == .queued
            {
                next += 1
                turns = 0
            }
            try pair.client.turn(&pair.clientSide, until: Clock.now + .milliseconds(1))
            turns += 1
        }
        return next
    }

    @Test(
        "a peer that does not read fills a bounded memory, and gets everything when it does",
        arguments: Lab.transports)
    func slowReader(over transport: Transport) throws {
        var pair = try Lab.pair(over: transport)
        let count = try fill(&pair, from: 0)
        #expect(pair.client.heldMemory <= 4 * Lab.frames.maximumUnsent)
        #expect(pair.client.statistics.fullAnswers > 0)
        // What the kernel took drained it as well.
        let drained = pair.clientSide.drained.count
        try pair.turn { server, client in
            server.frames.count >= Int(count) && client.drained.count > drained
        }
        #expect(pair.serverSide.frames.prefix(Int(count)).map(\.correlation) == Array(0..<count))
    }

    @Test(
        "what comes while reading is paused is told in order when it is resumed, and the end last",
        arguments: Lab.transports)
    func pausing(over transport: Transport) throws {
        var pair = try Lab.pair(over: transport)
        pair.serverSide.pausesWithEach = true
        for number in 0..<200 {
            pair.client.send(
                kind: 1, correlation: UInt64(number), [UInt8](repeating: 1, count: 100).span,
                to: pair.connection)
        }
        pair.client.close(pair.connection)
        let server = try #require(pair.serverSide.accepted.first)
        for count in 1...200 {
            try pair.turn { server, _ in server.frames.count >= count }
            #expect(pair.serverSide.frames.count == count)
            #expect(pair.serverSide.closed.isEmpty)
            pair.server.resume(server)
        }
        try pair.turn { server, _ in !server.closed.isEmpty }
        #expect(pair.serverSide.frames.map(\.correlation) == Array(0..<200))
        #expect(pair.serverSide.closed.map(\.reason) == [.endOfStream(insideFrame: false)])
    }

    @Test(
        "a connection that is paused lets its peer feel it, and holds a bounded memory",
        arguments: Lab.transports)
    func pausedForLong(over transport: Transport) throws {
        var pair = try Lab.pair(over: transport)
        let server = try #require(pair.serverSide.accepted.first)
        pair.server.pause(server)
        let first = try fill(&pair, from: 0)
        for _ in 0..<50 { try pair.server.turn(&pair.serverSide, until: Clock.now) }
        let count = try fill(&pair, from: first)
        #expect(pair.serverSide.frames.isEmpty)
        // No more than the buffers of the whole loop can have been received before the pause took
        // hold; or, by a carrier, what may wait to be taken and what one look at a socket brings.
        let received =
            pair.server.carriage == nil
            ? Lab.small.receiveBuffers * Lab.small.receiveBufferSize
            : CarrierLimits.received + 4 << 16
        #expect(pair.server.heldMemory <= 2 * received)
        pair.server.resume(server)
        try pair.turn { server, _ in server.frames.count >= Int(count) }
        #expect(pair.serverSide.frames.map(\.correlation) == Array(0..<count))
    }

    @Test(
        "fewer buffers than connections are shared by all of them",
        .enabled(if: Lab.hasRing, "this machine grants no io_uring"))
    func fewBuffers() throws {
        var options = Lab.small
        options.receiveBuffers = 2
        options.receiveBufferSize = 256
        var pair = try Lab.pair(
            server: EventLoop(options: options), client: EventLoop(options: Lab.small))
        var connections = [pair.connection]
        for _ in 0..<20 {
            connections.append(try pair.client.connect(to: pair.address, options: Lab.frames))
        }
        try pair.turn { server, client in
            client.connected.count == 21 && server.accepted.count == 21
        }
        for connection in connections {
            for _ in 0..<10 {
                pair.client.send(
                    kind: 1, [UInt8](repeating: 1, count: 3000).span, to: connection)
            }
        }
        try pair.turn { server, _ in server.frames.count == 210 }
        #expect(pair.server.statistics.bufferShortages > 0)
        #expect(pair.serverSide.frames.allSatisfy { $0.payload.count == 3000 })
    }
}
