import PeerServers
import Testing

@Suite(.enabled(if: NATSServer.installed != nil, "needs nats-server"))
struct NATSServerTests {
    private let payload = [UInt8](repeating: 7, count: 256)

    @Test func `a log of our own takes messages in their order, and goes without a trace`() throws {
        let directory = try TestDirectory()
        let server = try NATSServer(below: directory.path)
        #expect(server.facts.first?.hasPrefix("NATS 2.") == true, "\(server.facts)")
        let process = server.server.process
        #expect(isThere(process))
        let client = try server.client(payload, pipeline: 1)
        for _ in 0..<3 {
            try client.exchangeOnce()
            client.check()
        }
        // The first one made the client sure of its server.
        #expect(client.takeValues() == [2, 3, 4])
        #expect(client.likeness.request.count > 256)
        #expect(client.likeness.reply.count > 20)
        server.stop()
        #expect(!isThere(process))
        #expect(directory.contents == [])
    }

    @Test(arguments: [1, 7])
    func `a crowd's messages have a place each, and none is missing`(pipeline: Int) throws {
        let directory = try TestDirectory()
        let server = try NATSServer(below: directory.path)
        let clients = try (0..<5).map { _ in try server.client(payload, pipeline: pipeline) }
        let crowd = ExchangeCrowd(clients)
        try crowd.exchange(batches: 40)
        var promise = NumberPromise(of: "nats", from: 6, clients: clients.count)
        for (index, client) in clients.enumerated() {
            let values = client.takeValues()
            #expect(values.count == 40 * pipeline)
            try promise.take(values, of: index)
        }
        try promise.checkNothingMissing()
    }

    @Test func `where it is not installed, that is said`() throws {
        let failure = #expect(throws: PeerFailure.self) {
            try NATSServer(below: "/tmp", program: nil)
        }
        #expect(try #require(failure).isAbsence)
    }
}
