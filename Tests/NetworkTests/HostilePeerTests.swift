import Glibc
import Randomness
import StateMachines
import Storage
import TestSupport
import Testing

@testable import Network

/// What a stranger, a mistake or a broken peer can do, over real sockets: each costs its own
/// connection, bounded memory, and nobody else anything.
struct HostilePeerTests {
    /// A loop that listens and echoes, with a peer that behaves.
    private struct Server: ~Copyable {
        var loop: EventLoop
        var recorder = Recorder()
        let address: Address
        let good: RawPeer

        static func make(
            over transport: Transport, _ options: ConnectionOptions = Lab.frames
        ) throws -> Server {
            var loop = try Lab.loop(over: transport)
            let listener = try loop.listen(at: .loopback(), options: options)
            let address = try loop.place(of: listener)
            let good = try RawPeer(to: address)
            var server = Server(loop: loop, address: address, good: good)
            server.recorder.echoes = true
            try server.turn { $0.accepted.count == 1 }
            return server
        }

        mutating func turn(
            sourceLocation: SourceLocation = #_sourceLocation,
            until isDone: (borrowing Recorder) -> Bool
        ) throws {
            try Lab.turn(&loop, &recorder, sourceLocation: sourceLocation, until: isDone)
        }

        /// Says something on the good connection and hears it back.
        mutating func checkGood(sourceLocation: SourceLocation = #_sourceLocation) throws {
            let frame = Lab.frame(kind: 200, [1, 2, 3])
            good.say(frame)
            var heard: [UInt8] = []
            let end = Clock.now + .seconds(60)
            while heard.count < frame.count, Clock.now < end {
                try loop.turn(&recorder, until: Clock.now + .milliseconds(10))
                let more = good.hear()
                heard += try #require(more, sourceLocation: sourceLocation)
            }
            #expect(heard == frame, sourceLocation: sourceLocation)
        }
    }

    /// Says `bytes` to a server and gives why it ended the connection.
    private func reason(
        for bytes: [UInt8], _ server: inout Server
    ) throws -> ClosureReason {
        let before = server.recorder.closed.count
        let peer = try RawPeer(to: server.address)
        peer.say(bytes)
        try server.turn { $0.closed.count > before }
        return try #require(server.recorder.closed.last).reason
    }

    @Test(
        "a frame of 4 GiB, garbage, another version and another cluster end their connection alone",
        arguments: Lab.transports)
    func malformed(over transport: Transport) throws {
        var server = try Server.make(over: transport)
        var huge = Lab.frame([1])
        huge.replaceSubrange(0..<4, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(
            try reason(for: huge, &server)
                == .malformed(.tooLong(announced: 0xFFFF_FFFF, limit: 1 << 16)))
        var future = Lab.frame([1])
        future[4] = 200
        #expect(try reason(for: future, &server) == .malformed(.version(200)))
        let foreign = ClusterTag(1)
        #expect(
            try reason(for: Lab.frame([1], for: foreign), &server)
                == .malformed(.cluster(foreign, expected: Lab.cluster)))
        var broken = Lab.frame([1, 2, 3])
        broken[33] ^= 0x10
        guard case .malformed(.checksum) = try reason(for: broken, &server) else {
            Issue.record("a broken payload was not found out")
            return
        }
        var random = Xoshiro256StarStar(seed: testSeed)
        for _ in 0..<20 {
            let garbage = (0..<500).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            guard case .malformed = try reason(for: garbage, &server) else {
                Issue.record("garbage was not found out, \(replay)")
                return
            }
        }
        #expect(server.loop.statistics.malformed == 24)
        #expect(server.recorder.frames.isEmpty)
        try server.checkGood()
        #expect(server.loop.heldMemory <= 1 << 16)
    }

    @Test(
        "a peer that sends a byte now and then does not hold a frame open beyond its deadline",
        arguments: Lab.transports)
    func byteByByte(over transport: Transport) throws {
        var options = Lab.frames
        options.frameDeadline = .milliseconds(50)
        var server = try Server.make(over: transport, options)
        let peer = try RawPeer(to: server.address)
        let frame = Lab.frame([UInt8](repeating: 1, count: 10_000))
        let start = Clock.now
        var said = 0
        // Always one more byte within the deadline, for as long as it is listened to.
        while server.recorder.closed.isEmpty, said < frame.count {
            peer.say([frame[said]])
            said += 1
            try server.loop.turn(&server.recorder, until: Clock.now + .milliseconds(5))
        }
        #expect(server.recorder.closed.map(\.reason) == [.frameDeadline])
        #expect(Clock.now >= start + .milliseconds(50))
        #expect(server.loop.statistics.deadlines == 1)
        try server.checkGood()
    }

    @Test(
        "a stream of small frames in odd pieces never runs into a frame's deadline",
        arguments: Lab.transports)
    func oddPieces(over transport: Transport) throws {
        var options = Lab.frames
        options.frameDeadline = .milliseconds(40)
        var server = try Server.make(over: transport, options)
        let frame = Lab.frame([1, 2, 3])
        let stream = Array(repeatElement(frame, count: 60).joined())
        // A frame is open at every moment, but never the same for long.
        for start in stride(from: 0, to: stream.count, by: frame.count) {
            let cut = start + 20
            server.good.say(Array(stream[max(0, start - frame.count + 20)..<cut]))
            try server.loop.turn(&server.recorder, until: Clock.now + .milliseconds(2))
        }
        server.good.say(Array(stream[(stream.count - frame.count + 20)...]))
        try server.turn { $0.frames.count == 60 || !$0.closed.isEmpty }
        #expect(server.recorder.closed.isEmpty)
    }

    @Test(
        "a peer that vanished without a word is found out by its silence",
        arguments: Lab.transports)
    func halfOpen(over transport: Transport) throws {
        var options = Lab.frames
        options.idleDeadline = .milliseconds(60)
        var server = try Server.make(over: transport, options)
        try server.turn { !$0.closed.isEmpty }
        #expect(server.recorder.closed.map(\.reason) == [.idle])
    }

    @Test(
        "a peer that takes nothing is given up, and costs a bounded memory until then",
        arguments: Lab.transports)
    func stalled(over transport: Transport) throws {
        var options = Lab.frames
        options.stallDeadline = .milliseconds(100)
        var server = try Server.make(over: transport, options)
        let peer = try RawPeer(to: server.address)
        try server.turn { $0.accepted.count == 2 }
        let frame = Lab.frame([UInt8](repeating: 1, count: 60_000))
        let connection = try #require(server.recorder.accepted.last)
        let end = Clock.now + .seconds(60)
        var most = 0
        // It asks for echoes as fast as it can, and reads none of them.
        while server.recorder.closed.isEmpty, Clock.now < end {
            peer.say(frame)
            try server.loop.turn(&server.recorder, until: Clock.now + .milliseconds(1))
            most = max(most, server.loop.heldMemory)
        }
        let closed = server.recorder.closed
        guard closed.map(\.connection) == [connection] else {
            Issue.record("\(closed)")
            return
        }
        // Partly said frames, of a peer whose window is shut, may run into their deadline as well.
        #expect(
            [.stalled, .frameDeadline].contains(closed[0].reason) || closed[0].reason.isMalformed)
        #expect(most <= 4 * options.maximumUnsent)
        try server.checkGood()
    }

    @Test(
        "a peer that leaves inside a frame is told apart from one that had said all",
        arguments: Lab.transports)
    func cutOff(over transport: Transport) throws {
        var server = try Server.make(over: transport)
        for (bytes, isInside) in [
            (Lab.frame([1]), false), (Array(Lab.frame([1]).dropLast()), true),
        ] {
            let before = server.recorder.closed.count
            do {
                let peer = try RawPeer(to: server.address)
                peer.say(bytes)
            }
            try server.turn { $0.closed.count > before }
            // What was sent back may already have met with a reset.
            let reason = try #require(server.recorder.closed.last?.reason)
            if isInside { #expect(reason == .endOfStream(insideFrame: true)) }
        }
        #expect(server.recorder.frames.count == 1)
    }

    @Test(
        "10 000 connections that are opened and dropped leave nothing behind",
        arguments: Lab.transports)
    func manyConnections(over transport: Transport) throws {
        var server = try Server.make(over: transport)
        let sockets = try countSockets(at: server.address)
        #expect(sockets >= 2)
        let total = testRounds(10_000)
        var made = 0
        while made < total {
            // As many at a time as wait to be accepted, of which half have said something.
            for number in 0..<min(50, total - made) {
                let peer = try RawPeer(to: server.address)
                if number % 2 == 0 { peer.say(Array(Lab.frame([1]).prefix(number))) }
                if number % 3 == 0 { peer.resetAtEnd() }
                made += 1
            }
            // Those that were reset before anybody accepted them are accepted all the same.
            try server.turn { $0.accepted.count == made + 1 && $0.closed.count == made }
        }
        #expect(server.loop.connectionCount == 1)
        #expect(try countSockets(at: server.address) == sockets)
        try server.checkGood()
        #expect(server.loop.heldMemory <= 1 << 17)
    }

    /// How many sockets of this process stand at this address: those that listen there and those that were
    /// accepted. Other tests have others.
    private func countSockets(at address: Address) throws -> Int {
        guard let directory = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(directory) }
        var count = 0
        while let entry = unsafe readdir(directory) {
            // SAFETY: the kernel ends the name with a zero.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if let descriptor = Int32(name), Sockets.ownAddress(of: descriptor) == address {
                count += 1
            }
        }
        return count
    }
}

extension ClosureReason {
    fileprivate var isMalformed: Bool {
        if case .malformed = self { true } else { false }
    }
}
