import Network
import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

@testable import Cluster

/// A token ring between sockets, files and clocks.
@Suite struct TokenServerTests {
    /// A right that somebody had, and gave up at once.
    private struct Had: Sendable {
        let node: NodeID
        let number: FencingNumber
        let begin: Moment
        let end: Moment
    }

    /// Wants the right all the time.
    private struct Greedy: NodeApplication, Sendable {
        typealias Machine = Cartouche

        let node: NodeID
        let told: Signal<[Had]>
        private var tickets: UInt64 = 1

        init(_ node: NodeID, _ told: Signal<[Had]>) {
            self.node = node
            self.told = told
        }

        mutating func told(
            _ event: Cartouche.Event, at now: Moment, asking requests: inout [Cartouche.Request]
        ) {
            guard case .granted(let grant) = event else { return }
            let begin = MonotonicClock.now
            tickets += 1
            requests += [.release(grant.number), .acquire(tickets)]
            let had = Had(
                node: node, number: grant.number, begin: begin, end: MonotonicClock.now)
            told.change { $0.append(had) }
        }
    }

    /// Three members that want the right.
    private final class Ring {
        let ids = (0..<3).map(NodeID.init(place:))
        let told = Signal<[Had]>([])
        private let directory = TemporaryDirectory()
        private(set) var nodes: [NodeID: RunningNode<Cartouche>] = [:]
        private var lives = 0

        init() throws { for id in ids { try start(id) } }

        deinit {
            // A test that fails leaves them running.
            for node in nodes.values { node.stop() }
        }

        func start(_ id: NodeID) throws {
            lives += 1
            let plan = TokenServerPlan(
                options: NodeOptions(id: id, cluster: ClusterID(0x70_6B), listening: .loopback()),
                members: ids, directory: directory.file("\(id)"), durability: .group,
                lease: .milliseconds(300), seed: testSeed.derived(for: lives))
            let node = try TokenServer.start(plan, application: Greedy(id, told))
            node.ask(.acquire(1))
            nodes[id] = node
            guard let address = node.address else { preconditionFailure("\(id) does not listen") }
            for (other, peer) in nodes where other != id {
                peer.introduce(id, at: address)
                if let place = peer.address { node.introduce(other, at: place) }
            }
        }

        func kill(_ id: NodeID) throws {
            let running = nodes.removeValue(forKey: id)
            let node = try #require(running)
            node.stop(abruptly: true)
            try node.wait()
        }

        func stop() throws {
            for id in ids { nodes[id]?.stop() }
            for id in ids { try nodes[id]?.wait() }
            nodes = [:]
        }

        /// Waits until members were granted the right so often from now on, each of them.
        func awaitGrants(_ count: Int, to members: [NodeID]) throws {
            let before = told.change { $0.count }
            try told.wait("\(count) grants to each of \(members)") { told in
                members.allSatisfy { member in
                    told[before...].count { $0.node == member } >= count
                }
            }
        }
    }

    /// That no two had the right at once, in the order of their numbers.
    private func expectOneAtATime(_ ring: Ring) {
        let had = ring.told.change { $0 }.sorted { $0.number < $1.number }
        for (earlier, later) in zip(had, had.dropFirst()) {
            #expect(earlier.number < later.number && earlier.end <= later.begin)
        }
    }

    @Test func `members that all want the right have it in turns, one at a time`() throws {
        let ring = try Ring()
        try ring.awaitGrants(200, to: ring.ids)
        try ring.stop()
        expectOneAtATime(ring)
    }

    @Test func `a member that is killed is missed, and wants it again in its next life`() throws {
        let ring = try Ring()
        for victim in ring.ids {
            try ring.awaitGrants(20, to: ring.ids)
            try ring.kill(victim)
            try ring.awaitGrants(20, to: ring.ids.filter { $0 != victim })
            try ring.start(victim)
        }
        try ring.awaitGrants(20, to: ring.ids)
        try ring.stop()
        expectOneAtATime(ring)
        let epochs = Set(ring.told.change { $0 }.map(\.number.epoch))
        #expect(epochs.count > 1, "a token was lost and replaced: \(epochs.sorted())")
    }

    @Test func `settings that cannot be run are refused`() throws {
        let plan = TokenServerPlan(
            options: NodeOptions(id: NodeID(0), cluster: ClusterID(1), listening: .loopback()),
            members: [NodeID(0), NodeID(0)], directory: nil, durability: .none,
            seed: testSeed)
        #expect(throws: NodeFailure.self) {
            try TokenServer.start(plan, application: Greedy(NodeID(0), Signal([])))
        }
    }
}
