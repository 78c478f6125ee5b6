import PeerServers
import Testing

@Suite(.enabled(if: EtcdCluster.installed != nil, "needs etcd-server"))
struct EtcdClusterTests {
    private let value = [UInt8](repeating: 7, count: 256)

    @Test(arguments: [1, 3])
    func `a cluster of our own takes puts, gives them back, and goes without a trace`(
        members: Int
    ) throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: members)
        #expect(cluster.facts.first?.hasPrefix("etcd 3.") == true)
        #expect(cluster.servers.count == members)
        let processes = cluster.servers.map(\.process)
        #expect(processes.allSatisfy(isThere))
        let writer = try cluster.client(.put(value), of: "k", pipeline: 1)
        for _ in 0..<3 {
            try writer.exchangeOnce()
            try writer.check()
        }
        let revisions = writer.takeValues()
        #expect(revisions.count == 3 && revisions[2] == revisions[0] + 2)
        for isLinearizable in [true, false] {
            let reader = try cluster.client(
                .get(value, isLinearizable: isLinearizable), of: "k", pipeline: 1)
            try reader.exchangeOnce()
            try reader.check()
        }
        cluster.stop()
        #expect(!processes.contains(where: isThere))
        #expect(directory.contents == [])
    }

    @Test func `a crowd's puts have a revision each, and none is missing`() throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 3)
        let clients = try (0..<4).map { _ in
            try cluster.client(.put(value), of: "k", pipeline: 5)
        }
        let crowd = ExchangeCrowd(clients)
        try crowd.exchange(batches: 10)
        let values = clients.map { $0.takeValues() }
        #expect(values.allSatisfy { $0.count == 50 })
        let least = try #require(values.joined().min())
        var promise = NumberPromise(of: "etcd", from: least, clients: clients.count)
        for (index, list) in values.enumerated() { try promise.take(list, of: index) }
        try promise.checkNothingMissing()
    }

    @Test func `an answer with another value is a failure, at once and later`() throws {
        let directory = try TestDirectory()
        let cluster = try EtcdCluster(below: directory.path, members: 1)
        #expect(throws: PeerFailure.self) {
            try cluster.client(.get(value, isLinearizable: true), of: "nothing", pipeline: 1)
        }
        _ = try cluster.client(.put(value), of: "k", pipeline: 1)
        let reader = try cluster.client(
            .get(value, isLinearizable: true), of: "k", pipeline: 1)
        _ = try cluster.client(.put([1, 2, 3]), of: "k", pipeline: 1)
        try reader.exchangeOnce()
        #expect(throws: PeerFailure.self) { try reader.check() }
    }

    @Test func `a member that cannot start says why`() throws {
        let directory = try TestDirectory()
        let program = try directory.script("etcd", "echo no room here; exit 3")
        let failure = #expect(throws: PeerFailure.self) {
            try EtcdCluster(below: directory.path, members: 1, program: program)
        }
        #expect("\(try #require(failure))".contains("no room here"))
    }

    @Test func `where it is not installed, that is said`() throws {
        let failure = #expect(throws: PeerFailure.self) {
            try EtcdCluster(below: "/tmp", members: 3, program: nil)
        }
        #expect(try #require(failure).isAbsence)
    }
}
