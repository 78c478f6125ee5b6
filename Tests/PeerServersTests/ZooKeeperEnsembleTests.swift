import PeerServers
import Testing

@Suite(.enabled(if: ZooKeeperEnsemble.installed != nil, "needs zookeeper"))
struct ZooKeeperEnsembleTests {
    private let value = [UInt8](repeating: 7, count: 256)

    @Test(arguments: [1, 3])
    func `an ensemble of our own takes values, gives them back, and goes without a trace`(
        members: Int
    ) throws {
        let directory = try TestDirectory()
        let ensemble = try ZooKeeperEnsemble(below: directory.path, members: members)
        #expect(ensemble.facts.first?.contains("version: 3.") == true, "\(ensemble.facts)")
        let processes = ensemble.servers.map(\.process)
        #expect(processes.count == members && processes.allSatisfy(isThere))
        let writer = try ensemble.client(.set(value), of: "/n", pipeline: 1)
        for _ in 0..<3 {
            try writer.exchangeOnce()
            try writer.check()
        }
        // The first one made the client sure of its server.
        #expect(writer.takeValues() == [2, 3, 4])
        let reader = try ensemble.client(.get(value), of: "/n", pipeline: 1)
        try reader.exchangeOnce()
        try reader.check()
        ensemble.stop()
        #expect(!processes.contains(where: isThere))
        #expect(directory.contents == [])
    }

    @Test func `a crowd's values have a version each, and none is missing`() throws {
        let directory = try TestDirectory()
        let ensemble = try ZooKeeperEnsemble(below: directory.path, members: 1)
        let clients = try (0..<4).map { _ in
            try ensemble.client(.set(value), of: "/n", pipeline: 5)
        }
        let crowd = ExchangeCrowd(clients)
        try crowd.exchange(batches: 10)
        var promise = NumberPromise(of: "zookeeper", from: 5, clients: clients.count)
        for (index, client) in clients.enumerated() {
            let values = client.takeValues()
            #expect(values.count == 50)
            try promise.take(values, of: index)
        }
        try promise.checkNothingMissing()
    }

    @Test func `an answer with another value is a failure`() throws {
        let directory = try TestDirectory()
        let ensemble = try ZooKeeperEnsemble(below: directory.path, members: 1)
        let missing = #expect(throws: PeerFailure.self) {
            try ensemble.client(.get(value), of: "/nothing", pipeline: 1)
        }
        #expect("\(try #require(missing))".contains("error -101"))
        _ = try ensemble.client(.set([1, 2, 3]), of: "/n", pipeline: 1)
        let other = #expect(throws: PeerFailure.self) {
            try ensemble.client(.get(value), of: "/n", pipeline: 1)
        }
        #expect("\(try #require(other))".contains("another value"))
    }

    @Test func `where it is not installed, that is said`() throws {
        let failure = #expect(throws: PeerFailure.self) {
            try ZooKeeperEnsemble(below: "/tmp", members: 3, program: nil)
        }
        #expect(try #require(failure).isAbsence)
    }
}
