import Checkers
import Cluster
import Network
import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

@testable import RingSimulation

/// Servers in processes of their own, which are killed and frozen under load.
@Suite(.serialized) struct ServerProcessTests {
    private static let keys: UInt64 = 4

    /// Three servers and the directories that outlive them.
    private final class Servers {
        let replication: Replication
        private let directory = TemporaryDirectory()
        private(set) var processes: [Int: ServerProcess] = [:]

        init(_ replication: Replication) throws {
            self.replication = replication
            for place in 0..<3 { try start(place) }
            for place in 0..<3 { try awaitReturn(of: place) }
        }

        var addresses: [NodeID: Address] {
            var addresses: [NodeID: Address] = [:]
            for (place, process) in processes { addresses[NodeID(place: place)] = process.address }
            return addresses
        }

        func start(_ place: Int) throws {
            let started = try ServerProcess([
                "--id", "\(place)", "--members", "0,1,2", "--protocol", replication.rawValue,
                "--directory", directory.file("\(place)"), "--cluster", "42",
                "--failure-timeout", "1s",
            ])
            for (other, process) in processes {
                try process.introduce(place, at: started.address)
                try started.introduce(other, at: process.address)
            }
            processes[place] = started
        }

        /// Waits until one that was away, after as many roles as that, may be followed by another one. A
        /// quorum goes on with any two; of a chain there may be one member left until the one that was
        /// away has caught up.
        func awaitReturn(of place: Int, after roles: Int = 0) throws(Overdue) {
            if replication == .chain { try processes[place]?.awaitPlace(after: roles) }
        }

        func kill(_ place: Int) { processes.removeValue(forKey: place)?.killNow() }

        func stop() throws {
            for (_, process) in processes { #expect(try process.stop() == 0) }
            processes = [:]
        }
    }

    private typealias Client<Message: ClientMessaging & WireCodable> = RunningNode<
        KeyedClient<Message>
    >

    private func client<Message: ClientMessaging & WireCodable>(
        _ number: Int, of servers: Servers, _ recorder: ClientRecorder, isLoaded: Bool
    ) throws -> Client<Message> {
        let node = NodeID(place: 100 + number)
        var settings = ClientSettings(
            cluster: ClusterID(42), servers: (0..<3).map(NodeID.init(place:)))
        settings.patience = .milliseconds(300)
        if isLoaded {
            settings.load = ClientLoad()
            settings.load?.keys = Self.keys
        }
        let (shared, seed) = (settings, testSeed.derived(for: number))
        return try RunningNode(
            NodePlan<KeyedClient<Message>>(
                options: NodeOptions(
                    id: node, cluster: shared.cluster, peers: servers.addresses),
                seed: seed, make: { _ in KeyedClient(node, settings: shared, seed: seed) }),
            application: EventSink { event, now in recorder.note(event, at: now) })
    }

    /// Runs two clients while `body` does something to servers, reads every key in the end, and
    /// holds all that clients heard against registers.
    private func run<Message: ClientMessaging & WireCodable>(
        _ message: Message.Type, on servers: Servers,
        _ body: (Servers, ClientRecorder, [Client<Message>]) throws -> Void
    ) throws {
        let recorder = ClientRecorder()
        let clients: [Client<Message>] = try (0..<2).map {
            try client($0, of: servers, recorder, isLoaded: true)
        }
        // Where this throws as well.
        defer { for client in clients { client.stop() } }
        try recorder.awaitAnswers(50)
        try body(servers, recorder, clients)
        for client in clients { client.stop() }
        for client in clients { try client.wait() }
        let reader: Client<Message> = try client(9, of: servers, recorder, isLoaded: false)
        defer { reader.stop() }
        for key in 0..<Self.keys { reader.ask(.perform(key: key, .read)) }
        try recorder.awaitAnswers(Int(Self.keys))
        reader.stop()
        try reader.wait()
        try servers.stop()
        let verdict = try recorder.verdict()
        #expect(
            verdict.isLinearizable, "\(verdict.violation.map { "\($0)" } ?? "unknown"); \(replay)")
    }

    private func killEach<Message: ClientMessaging & WireCodable>(
        _ servers: Servers, _ recorder: ClientRecorder, _ clients: [Client<Message>]
    ) throws {
        for place in 0..<3 {
            servers.kill(place)
            try recorder.awaitAnswers(50)
            try servers.start(place)
            for client in clients {
                for (node, address) in servers.addresses { client.introduce(node, at: address) }
            }
            try servers.awaitReturn(of: place)
            try recorder.awaitAnswers(50)
        }
    }

    private func freezeEach<Message: ClientMessaging & WireCodable>(
        _ servers: Servers, _ recorder: ClientRecorder, _ clients: [Client<Message>]
    ) throws {
        for place in 0..<3 {
            let roles = servers.processes[place]?.rolesTold ?? 0
            servers.processes[place]?.freeze()
            try recorder.awaitAnswers(50)
            servers.processes[place]?.thaw()
            try servers.awaitReturn(of: place, after: roles)
            try recorder.awaitAnswers(50)
        }
    }

    @Test func `a quorum outlives the kill of each of its processes, one after the other`() throws {
        try run(QuorumMessage.self, on: Servers(.quorum), killEach)
    }

    @Test func `a quorum goes on while one of its processes is frozen, and after it`() throws {
        try run(QuorumMessage.self, on: Servers(.quorum), freezeEach)
    }

    @Test func `a chain outlives the kill of each of its processes, one after the other`() throws {
        try run(ChainMessage.self, on: Servers(.chain), killEach)
    }

    @Test func `a chain goes on while one of its processes is frozen, and after it`() throws {
        try run(ChainMessage.self, on: Servers(.chain), freezeEach)
    }

    @Test func `a server with settings that cannot be run does not begin`() {
        let plan = StoreServerPlan(
            options: NodeOptions(id: NodeID(7), cluster: ClusterID(1)), replication: .quorum,
            servers: [NodeID(0)], directory: nil, durability: .group, seed: testSeed)
        #expect(throws: NodeFailure.self) { _ = try StoreServer.start(plan) }
    }
}
