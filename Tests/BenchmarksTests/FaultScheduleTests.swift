import Cluster
import Foundation
import Glibc
import PeerServers
import StateMachines
import Testing

@testable import Benchmarks

/// Whom faults are done to, by what servers say of themselves; scripts stand for the servers.
@Suite struct FaultScheduleTests {
    /// Servers that say what the test has them say.
    private final class Servers {
        let processes: NodeProcesses
        private let directory: String

        init(_ count: Int) throws {
            directory = "/tmp/nilometer-faults-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            let program = "\(directory)/node"
            let script = """
                #!/bin/sh
                echo listening nowhere
                while :; do
                    if [ -e say ]; then mv say said; cat said; fi
                    sleep 0.01
                done

                """
            try Data(script.utf8).write(to: URL(fileURLWithPath: program))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: program)
            processes = try NodeProcesses(
                program: program, addresses: (0..<count).map { "a:\($0)" }, options: [],
                below: directory)
        }

        deinit {
            processes.stop()
            try? FileManager.default.removeItem(atPath: directory)
        }

        /// Has a server that runs say a line, and waits until it was heard.
        func say(_ role: String, _ epoch: UInt64, by server: Int) throws {
            let home = "\(directory)/nilometer-node-\(getpid())-a-\(server)"
            try Data("role \(role) \(epoch)\n".utf8)
                .write(to: URL(fileURLWithPath: "\(home)/say"), options: .atomic)
            for _ in 0..<3000 {
                if let said = processes.role(of: server), said.name == role, said.epoch == epoch {
                    return
                }
                usleep(10_000)
            }
            Issue.record("server \(server) has not said that it is \(role)")
        }

        func schedule(_ faults: [StoreFault], patience: Span = .seconds(60)) -> FaultSchedule {
            FaultSchedule(
                faults, from: MonotonicClock.now, on: processes, over: nil, patience: patience)
        }
    }

    private func step(
        _ schedule: inout FaultSchedule, until isDone: (FaultSchedule) -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for _ in 0..<30_000 {
            try schedule.step()
            if isDone(schedule) { return }
            usleep(1000)
        }
        Issue.record("what was awaited was not done", sourceLocation: sourceLocation)
    }

    private func fault(
        _ kind: StoreFault.Kind, _ role: ServerRole, lasting: Span? = nil
    ) -> StoreFault {
        StoreFault(kind: kind, role: role, start: .zero, lasting: lasting)
    }

    @Test func `a kill is for the leader that leads, not for the one that is frozen and was one`()
        throws
    {
        let servers = try Servers(2)
        try servers.say("leader", 1, by: 0)
        try servers.say("waiting", 1, by: 1)
        var schedule = servers.schedule([
            fault(.freeze, .leader, lasting: .seconds(3600)), fault(.kill, .leader),
        ])
        for _ in 0..<20 { try schedule.step() }
        #expect(schedule.done.map(\.server) == [0] && !schedule.isOver)
        try servers.say("leader", 2, by: 1)
        try step(&schedule) { $0.done.count == 2 }
        #expect(schedule.done[1].server == 1 && schedule.done[1].fault.kind == .kill)
        #expect(schedule.done[0].undone == nil && servers.processes.role(of: 1) == nil)
        schedule.abandon()
        #expect(schedule.done[0].undone != nil && schedule.done[1].undone == nil)
    }

    @Test func `what is due to be undone does not wait for a server that another fault awaits`()
        throws
    {
        let servers = try Servers(2)
        try servers.say("leader", 1, by: 0)
        var schedule = servers.schedule([
            fault(.freeze, .leader, lasting: .milliseconds(20)), fault(.kill, .follower),
        ])
        try step(&schedule) { $0.done.first?.undone != nil }
        let frozen = try #require(schedule.done.first)
        #expect(schedule.done.count == 1 && frozen.inForce >= frozen.at)
        #expect(try #require(frozen.undone) - frozen.at >= .milliseconds(20))
        try servers.say("follower", 1, by: 1)
        try step(&schedule) { $0.isOver }
        #expect(schedule.done.map(\.server) == [0, 1])
    }

    @Test func `of two that claim to lead, who says so by the later decision is meant`() throws {
        let servers = try Servers(3)
        try servers.say("leader", 7, by: 0)
        try servers.say("leader", 12, by: 1)
        try servers.say("leader", 9, by: 2)
        var schedule = servers.schedule([fault(.kill, .leader), fault(.kill, .leader)])
        try step(&schedule) { $0.isOver }
        #expect(schedule.done.map(\.server) == [1, 2])
    }

    @Test func `a server that is back has a place when it follows somebody, not before`() throws {
        let servers = try Servers(1)
        try servers.say("follower", 4, by: 0)
        var schedule = servers.schedule([fault(.kill, .follower, lasting: .milliseconds(1))])
        try step(&schedule) { $0.done.first?.undone != nil }
        for word in ["waiting", "candidate"] {
            try servers.say(word, 4, by: 0)
            try schedule.step()
            #expect(schedule.done[0].returned == nil && !schedule.isOver)
        }
        try servers.say("follower", 5, by: 0)
        try step(&schedule) { $0.isOver }
        let returned = try #require(schedule.done[0].returned)
        #expect(returned.role == "follower")
        #expect(returned.at > (try #require(schedule.done[0].undone)))
    }

    @Test func `a fault for which there is nobody is an error in the end`() throws {
        let servers = try Servers(1)
        try servers.say("follower", 1, by: 0)
        var schedule = servers.schedule([fault(.kill, .leader)], patience: .milliseconds(50))
        let failure = #expect(throws: StoreFailure.self) {
            try step(&schedule) { $0.isOver }
        }
        guard case .vacant(let role, _)? = failure else {
            Issue.record("failed with \(failure.map { "\($0)" } ?? "nothing")")
            return
        }
        #expect(role == "leader" && schedule.done.isEmpty)
    }
}
