import Cluster
import Foundation
import Network
import PeerServers
import StateMachines
import Storage
import TestSupport
import Testing

@testable import Benchmarks
@testable import Network

/// What a session says of a store that does not answer.
@Suite(.serialized) struct StoreSessionTests {
    private func session(
        links: LinkConditions? = nil, _ change: (inout StorePlan) -> Void = { _ in },
        _ body: (StoreSession) throws -> Void
    ) throws {
        let directory = "/tmp/nilometer-session-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var plan = StorePlan(
            replication: .quorum, durability: .none, failureTimeout: .seconds(2), seed: testSeed,
            directory: directory)
        plan.program = BuiltProgram.path
        plan.links = links
        change(&plan)
        try body(StoreSession(plan))
    }

    @Test func `links that end by themselves are told as such, not as a store that is silent`()
        throws
    {
        try session(links: LinkConditions()) { session in
            try session.warmUp()
            let relay = try #require(session.links?.relay)
            relay.stop()
            relay.mailbox.ended(
                .failure(.network(.refused(.ring, ErrorNumber(code: EBADF)))))
            #expect(throws: RelayFailure.self) { try session.rest() }
            #expect(throws: RelayFailure.self) { try session.warmUp(answers: 1 << 40) }
            #expect(throws: RelayFailure.self) { try session.measure(for: .milliseconds(1)) }
            #expect(throws: RelayFailure.self) { try session.audit() }
        }
    }

    @Test func `a server that is gone is told as such while clients wait, and before the check`()
        throws
    {
        try session { session in
            try session.warmUp()
            try session.silenceAuditors()
            // Whoever did it was not the session.
            kill(try #require(session.processes.process(1)), SIGKILL)
            func isGone(_ body: () throws -> Void) -> Bool {
                do { try body() } catch StoreFailure.gone(server: 1, _) {
                    return true
                } catch {
                    Issue.record("failed with \(error)")
                }
                return false
            }
            #expect(isGone { try session.warmUp(answers: 1 << 40) })
            #expect(isGone { _ = try session.measure(for: .milliseconds(1)) })
            #expect(isGone { _ = try session.audit() })
        }
    }

    @Test func `messages that no receiver takes any more are counted, and told with the silence`()
        throws
    {
        // All that one client may have under way is a multiple of what a connection may hold.
        try session(
            links: LinkConditions(rate: 1 << 20),
            { ($0.window, $0.payload) = (1024, 1 << 16) }
        ) { session in
            var looks = 0
            while session.dropped.overflowed == 0, looks < 6000 {
                usleep(10_000)
                looks += 1
            }
            let dropped = session.dropped
            #expect(dropped.overflowed > 0 && dropped.tooLong == 0)
            let told = "\(StoreFailure.silent(seconds: 30, dropped: dropped))"
            #expect(told.contains("\(dropped.overflowed) messages since"))
        }
        #expect(!"\(StoreFailure.silent(seconds: 30))".contains("dropped"))
    }
}
