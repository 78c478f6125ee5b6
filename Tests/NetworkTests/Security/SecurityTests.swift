import Foundation
import NetworkNIO
import StateMachines
import TestSupport
import Testing

@testable import Network

/// Connections that are proved and encrypted, and those that cannot be.
@Suite(.enabled(if: Authority.isHere, "openssl is not installed"))
struct SecurityTests {
    /// Two loops that prove who they are to each other, or fail to.
    private func meeting(
        _ server: TransportSecurity, _ client: TransportSecurity,
        until isDone: (borrowing Recorder, borrowing Recorder) -> Bool
    ) throws -> Outcome {
        var here = try EventLoop(options: Lab.small, transport: .nio(security: server))
        var there = try EventLoop(options: Lab.small, transport: .nio(security: client))
        let listener = try here.listen(at: .loopback(), options: Lab.frames)
        let connection = try there.connect(
            to: here.place(of: listener), options: Lab.frames)
        var (hereSide, thereSide) = (Recorder(), Recorder())
        let end = Clock.now + .seconds(60)
        while !isDone(hereSide, thereSide), Clock.now < end {
            try there.turn(&thereSide, until: Clock.now)
            try here.turn(&hereSide, until: Clock.now + .milliseconds(1))
        }
        var serverSaw: PeerIdentity?
        if let accepted = hereSide.accepted.first { serverSaw = here.identity(of: accepted) }
        return Outcome(
            server: hereSide, client: thereSide, serverSaw: serverSaw,
            clientSaw: there.identity(of: connection),
            insecure: here.statistics.insecure, left: here.connectionCount)
    }

    private struct Outcome {
        let server: Recorder
        let client: Recorder
        let serverSaw: PeerIdentity?
        let clientSaw: PeerIdentity?
        let insecure: UInt64
        let left: Int
    }

    @Test("both ends learn whom the other's certificate names, before a frame is told")
    func mutual() throws {
        let authority = try Authority()
        for name in ["node-0.nilometer", "node-1.nilometer"] { try authority.sign(name) }
        let outcome = try meeting(
            authority.security("node-0.nilometer"), authority.security("node-1.nilometer")
        ) { !$0.accepted.isEmpty && !$1.connected.isEmpty }
        #expect(outcome.serverSaw == PeerIdentity(names: ["node-1.nilometer"]))
        #expect(outcome.clientSaw == PeerIdentity(names: ["node-0.nilometer"]))
        #expect(outcome.insecure == 0)
    }

    @Test("frames of any size cross an encrypted connection as they were, and the end after them")
    func frames() throws {
        let authority = try Authority()
        try authority.sign("node-0.nilometer")
        let transport = Transport.nio(security: try authority.security("node-0.nilometer"))
        var pair = try Lab.pair(over: transport)
        pair.serverSide.echoes = true
        let sizes = [0, 1, 1000, 1 << 14, 1 << 16]
        for (number, size) in sizes.enumerated() {
            let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let outcome = pair.client.send(
                kind: 1, correlation: UInt64(number), payload.span, to: pair.connection)
            #expect(outcome == .queued)
        }
        try pair.turn { $1.frames.count == sizes.count || !$1.closed.isEmpty }
        #expect(pair.clientSide.frames.map(\.payload.count) == sizes)
        #expect(
            pair.clientSide.frames.last?.payload
                == (0..<1 << 16).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        pair.client.close(pair.connection)
        try pair.turn { !$0.closed.isEmpty && !$1.closed.isEmpty }
        #expect(pair.serverSide.closed.map(\.reason) == [.endOfStream(insideFrame: false)])
        #expect(pair.clientSide.closed.map(\.reason) == [.asked])
    }

    @Test(
        "who calls with an expired certificate, or with one that a stranger signed, is turned away")
    func badCallers() throws {
        let (authority, stranger) = (try Authority(), try Authority())
        try authority.sign("node-0.nilometer")
        try authority.sign("node-1.nilometer", hasExpired: true)
        try stranger.sign("node-1.nilometer")
        for caller in [
            try authority.security("node-1.nilometer"),
            try stranger.security("node-1.nilometer", trusting: authority),
        ] {
            let outcome = try meeting(authority.security("node-0.nilometer"), caller) {
                !$0.turnedAway.isEmpty && !$1.closed.isEmpty
            }
            #expect(outcome.server.turnedAway == [.insecure(.untrusted)])
            #expect(outcome.server.accepted.isEmpty && outcome.server.closed.isEmpty)
            #expect(outcome.insecure == 1)
            #expect(outcome.left == 0)
            // The caller hears the alert, or the reset that overtook it.
            let reason = try #require(outcome.client.closed.first?.reason)
            switch reason {
            case .insecure(.refused), .failed: break
            default: Issue.record("\(reason)")
            }
        }
    }

    @Test("a server that cannot prove itself is hung up on, and never told as connected")
    func badServers() throws {
        let (authority, stranger) = (try Authority(), try Authority())
        try authority.sign("node-1.nilometer")
        try authority.sign("node-0.nilometer", hasExpired: true)
        try stranger.sign("node-0.nilometer")
        for server in [
            try authority.security("node-0.nilometer"),
            try stranger.security("node-0.nilometer", trusting: authority),
        ] {
            let outcome = try meeting(server, authority.security("node-1.nilometer")) {
                !$0.turnedAway.isEmpty && !$1.closed.isEmpty
            }
            #expect(outcome.client.closed.map(\.reason) == [.insecure(.untrusted)])
            #expect(outcome.client.connected.isEmpty)
            #expect(outcome.server.accepted.isEmpty)
        }
    }

    @Test("files that are not what they should be are refused by name")
    func badFiles() throws {
        let authority = try Authority()
        for name in ["one", "other"] { try authority.sign(name) }
        let missing = authority.path("missing.pem")
        let garbage = authority.path("garbage.pem")
        try Data("no certificate\n".utf8).write(to: URL(fileURLWithPath: garbage))
        let (pem, key, roots) = (
            authority.certificate("one"), authority.key("one"), authority.roots
        )
        for (files, fault) in [
            ((missing, key, roots), "\(missing)': no chain"),
            ((garbage, key, roots), "\(garbage)': no chain"),
            ((pem, missing, roots), "\(missing)': no private key"),
            ((pem, pem, roots), "\(pem)': no private key"),
            ((pem, key, missing), "\(missing)': no certificates"),
            ((pem, key, garbage), "\(garbage)': no certificates"),
            ((pem, authority.key("other"), roots), "do not belong together"),
        ] {
            do throws(TransportSecurityError) {
                _ = try TransportSecurity(certificate: files.0, key: files.1, roots: files.2)
                Issue.record("\(files) were taken")
            } catch {
                #expect("\(error)".contains(fault), "\(error)")
                #expect(!"\(error)".contains("\n"))
            }
        }
    }
}
