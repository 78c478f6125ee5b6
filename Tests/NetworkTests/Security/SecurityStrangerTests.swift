import Foundation
import Glibc
import NetworkNIO
import StateMachines
import Storage
import TestSupport
import Testing

@testable import Network

/// What those can do who have no certificate, no TLS, or another library's, over real sockets.
@Suite(.enabled(if: Authority.isHere, "openssl is not installed"))
struct SecurityStrangerTests {
    /// A loop that listens, and whom it trusts.
    private struct Server: ~Copyable {
        var loop: EventLoop
        var recorder = Recorder()
        let address: Address
        let authority: Authority

        static func make(_ options: ConnectionOptions = Lab.frames) throws -> Server {
            let authority = try Authority()
            for name in ["node-0.nilometer", "node-1.nilometer"] { try authority.sign(name) }
            var loop = try EventLoop(
                options: Lab.small,
                transport: .nio(security: authority.security("node-0.nilometer")))
            let listener = try loop.listen(at: .loopback(), options: options)
            return Server(
                loop: loop, address: try loop.place(of: listener), authority: authority)
        }

        mutating func turn(
            sourceLocation: SourceLocation = #_sourceLocation,
            until isDone: (borrowing Recorder) -> Bool
        ) throws {
            try Lab.turn(&loop, &recorder, sourceLocation: sourceLocation, until: isDone)
        }

        /// Openssl's own client, connecting.
        func stranger(_ arguments: [String]) throws -> Authority.Command {
            try Authority.Command(
                ["s_client", "-quiet", "-connect", "\(address)", "-CAfile", authority.roots]
                    + arguments)
        }

        /// What shows a certificate that is signed.
        var papers: [String] {
            [
                "-cert", authority.certificate("node-1.nilometer"), "-key",
                authority.key("node-1.nilometer"),
            ]
        }
    }

    @Test("another library's client with a signed certificate is heard")
    func guest() throws {
        var server = try Server.make()
        let client = try server.stranger(server.papers)
        defer { client.process.terminate() }
        try client.input.fileHandleForWriting.write(
            contentsOf: Data(Lab.frame(kind: 9, [1, 2, 3])))
        try server.turn { !$0.frames.isEmpty || !$0.turnedAway.isEmpty || !$0.closed.isEmpty }
        #expect(server.recorder.frames.map(\.payload) == [[1, 2, 3]])
        let guest = try #require(server.recorder.accepted.first)
        let identity = server.loop.identity(of: guest)
        #expect(identity?.names == ["node-1.nilometer"])
    }

    @Test("who shows no certificate is turned away, and so is who speaks an older version only")
    func noPapers() throws {
        var server = try Server.make()
        for (arguments, reason) in [
            ([], .noCertificate), (server.papers + ["-tls1_2"], .version),
        ] as [([String], SecurityFailure)] {
            let client = try server.stranger(arguments)
            defer { client.process.terminate() }
            let before = server.recorder.turnedAway.count
            try server.turn { $0.turnedAway.count > before || !$0.accepted.isEmpty }
            #expect(server.recorder.turnedAway.last == .insecure(reason))
        }
        #expect(server.recorder.accepted.isEmpty)
        #expect(server.loop.statistics.insecure == 2)
        let count = server.loop.connectionCount
        #expect(count == 0)
    }

    @Test("a peer whose process is killed is told as cut off, not as one that had said all")
    func cutOff() throws {
        var server = try Server.make()
        let client = try server.stranger(server.papers)
        try client.input.fileHandleForWriting.write(contentsOf: Data(Lab.frame([1])))
        try server.turn { !$0.frames.isEmpty || !$0.turnedAway.isEmpty }
        kill(client.process.processIdentifier, SIGKILL)
        try server.turn { !$0.closed.isEmpty }
        let reason = try #require(server.recorder.closed.first?.reason)
        #expect([.insecure(.truncated), .failed(ErrorNumber(code: ECONNRESET))].contains(reason))
    }

    @Test("frames in the clear and garbage are turned away, and cost nothing that stays")
    func plain() throws {
        var server = try Server.make()
        for bytes in [Lab.frame([1, 2, 3]), [UInt8](repeating: 0xFF, count: 100)] {
            let before = server.recorder.turnedAway.count
            let peer = try RawPeer(to: server.address)
            peer.say(bytes)
            try server.turn { $0.turnedAway.count > before }
            guard case .insecure(.broken) = server.recorder.turnedAway.last else {
                Issue.record("\(server.recorder.turnedAway)")
                continue
            }
        }
        #expect(server.recorder.frames.isEmpty && server.recorder.accepted.isEmpty)
        #expect(server.loop.heldMemory == 0)
    }

    @Test(
        "who connects and says nothing is turned away at the deadline, and whoever leaves at once")
    func silence() throws {
        var options = Lab.frames
        options.connectDeadline = .milliseconds(50)
        var server = try Server.make(options)
        let start = Clock.now
        let peer = try RawPeer(to: server.address)
        try server.turn { !$0.turnedAway.isEmpty }
        #expect(server.recorder.turnedAway == [.connectDeadline])
        #expect(Clock.now >= start + .milliseconds(50))
        withExtendedLifetime(peer) {}
        for number in 0..<40 {
            let other = try RawPeer(to: server.address)
            if number % 2 == 0 { other.resetAtEnd() }
        }
        try server.turn { $0.turnedAway.count == 41 }
        let count = server.loop.connectionCount
        #expect(count == 0)
    }
}
