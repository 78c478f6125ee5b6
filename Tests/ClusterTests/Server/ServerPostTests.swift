import Cluster
import Network
import Randomness
import ShenRing
import StateMachines
import TestSupport
import Testing

/// What servers of a quorum say that they do.
@Suite struct ServerPostTests {
    private func start(
        _ place: Int, _ replication: Replication = .quorum, joiners: Int = 0,
        telling posts: Signal<[ServerPost]>
    ) throws -> any RunningServer {
        var plan = StoreServerPlan(
            options: NodeOptions(
                id: NodeID(place: place), cluster: ClusterID(77), listening: .loopback()),
            replication: replication, servers: (0..<3).map(NodeID.init(place:)), directory: nil,
            durability: .group, failureTimeout: .milliseconds(200),
            seed: testSeed.derived(for: place))
        plan.joiners = (0..<joiners).map { NodeID(place: 3 + $0) }
        return try StoreServer.start(plan) { post in posts.change { $0.append(post) } }
    }

    /// Has all servers call each other.
    private func introduce(_ servers: [any RunningServer]) {
        for place in servers.indices {
            for other in servers.indices where other != place {
                guard let address = servers[other].address else { continue }
                servers[place].introduce(NodeID(place: other), at: address)
            }
        }
    }

    @Test(arguments: Replication.allCases)
    func `a server that joins is a joiner until it is a member like the others`(
        replication: Replication
    ) throws {
        let posts = (0..<4).map { _ in Signal<[ServerPost]>([]) }
        var servers = try (0..<3).map {
            try start($0, replication, joiners: 1, telling: posts[$0])
        }
        defer { for server in servers { server.stop(abruptly: true) } }
        introduce(servers)
        let places: Set<ServerRole> = [.leader, .follower, .head, .middle, .tail]
        for told in posts.prefix(3) {
            try told.wait("a place") { $0.last.map { places.contains($0.role) } ?? false }
        }
        servers.append(try start(3, replication, joiners: 1, telling: posts[3]))
        introduce(servers)
        try posts[3].wait("a place") { $0.last.map { places.contains($0.role) } ?? false }
        let roles = posts[3].change { $0.map(\.role) }
        let joined = try #require(roles.firstIndex(of: .joiner))
        #expect(!roles.prefix(joined).contains(where: places.contains), "\(roles); \(replay)")
    }

    @Test func `a server follows nobody until it has heard of a leader`() throws {
        let posts = (0..<3).map { _ in Signal<[ServerPost]>([]) }
        var servers = [try start(0, telling: posts[0])]
        defer { for server in servers { server.stop(abruptly: true) } }
        // Alone it cannot be elected, and says so by and by.
        try posts[0].wait("a candidate") { $0.contains { $0.role == .candidate } }
        let alone = posts[0].change { $0.map(\.role) }
        #expect(alone.first == .waiting)
        #expect(Set(alone).isSubset(of: [.waiting, .candidate]), "\(alone); \(replay)")
        for place in 1...2 { servers.append(try start(place, telling: posts[place])) }
        introduce(servers)
        for told in posts {
            try told.wait("a leader, or one who follows it") {
                [.leader, .follower].contains($0.last?.role)
            }
            #expect(told.change { $0.first?.role } == .waiting)
        }
    }

    @Test func `who leads in a later term says so with a greater number`() throws {
        let posts = (0..<3).map { _ in Signal<[ServerPost]>([]) }
        var servers = try (0..<3).map { try start($0, telling: posts[$0]) }
        defer { for server in servers { server.stop(abruptly: true) } }
        introduce(servers)
        for told in posts {
            try told.wait("a place") { [.leader, .follower].contains($0.last?.role) }
        }
        let first = try #require(posts.firstIndex { $0.change { $0.last?.role } == .leader })
        let term = try #require(posts[first].change { $0.last?.epoch })
        servers.remove(at: first).stop(abruptly: true)
        let others = posts.indices.filter { $0 != first }.map { posts[$0] }
        for told in others {
            try told.wait("another leader") {
                guard let last = $0.last, last.epoch > term else { return false }
                return [.leader, .follower].contains(last.role)
            }
        }
    }
}
