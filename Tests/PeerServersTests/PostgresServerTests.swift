import Foundation
import Glibc
import PeerServers
import Testing

/// One cluster for all, since making one takes seconds.
@Suite struct PostgresServerTests {
    private static let isInstalled = PostgresServer.installed != nil

    @Test(
        .enabled(if: isInstalled, "needs PostgreSQL"),
        // The two transports differ in who is let in and how, and in nothing else.
        arguments: Transport.allCases)
    func `a cluster of our own counts, says what it is, and goes without a trace`(
        transport: Transport
    ) throws {
        let directory = try TestDirectory()
        let postgres = try PostgresServer(below: directory.path, transport: transport)
        #expect(postgres.facts.first?.hasPrefix("PostgreSQL ") == true)
        #expect(postgres.facts.contains("fsync on"))
        #expect(postgres.facts.contains("synchronous_commit on"))
        let sockets = postgres.server.socketDirectory
        let process = postgres.server.process
        try checkSequences(postgres)
        try checkErrors(postgres)
        try checkFloor(postgres)
        postgres.stop()
        #expect(!isThere(process))
        #expect(directory.contents == [])
        #expect(!FileManager.default.fileExists(atPath: sockets))
    }

    private func checkSequences(_ postgres: PostgresServer) throws {
        let start: Int64 = 1_000_000
        try postgres.connection().ask("CREATE SEQUENCE s START \(start) CACHE 10")
        let clients = try (0..<3).map { _ in
            let conversation = try postgres.connection()
            try conversation.prepare("SELECT nextval('s')", as: "n")
            return conversation.client(try conversation.exchange(executing: "n"), pipeline: 4)
        }
        let crowd = ExchangeCrowd(clients)
        try crowd.exchange(batches: 20)
        var promise = NumberPromise(of: "postgres", from: start, clients: 3)
        for (index, client) in clients.enumerated() {
            let values = client.takeValues()
            #expect(values.count == 80)
            // Blocks of ten; the first number of each went to the exchange that was learned.
            #expect(values.prefix(3) == [values[0], values[0] + 1, values[0] + 2])
            try promise.take(values, of: index)
        }
        try clients[0].exchangeOnce()
        try clients[0].check()
        #expect(clients[0].takeValues().count == 1)
    }

    /// An echo of the second is a floor of the first when both are the same bytes but for the number.
    private func checkFloor(_ postgres: PostgresServer) throws {
        try postgres.connection().ask("CREATE SEQUENCE f START 1000000")
        let exchanges = try ["nextval('f')", "1000000::bigint"].map { value in
            let conversation = try postgres.connection()
            try conversation.prepare("SELECT \(value)", as: "n")
            return try conversation.exchange(executing: "n")
        }
        #expect(exchanges[0].request == exchanges[1].request)
        #expect(exchanges[0].reply == exchanges[1].reply)
        #expect(exchanges[0].digits == exchanges[1].digits)
    }

    private func checkErrors(_ postgres: PostgresServer) throws {
        let conversation = try postgres.connection()
        let failure = #expect(throws: PeerFailure.self) { try conversation.ask("SELECT nothing") }
        #expect("\(try #require(failure))".contains("42703"))
    }

    @Test(
        .enabled(if: isInstalled, "needs PostgreSQL"),
        .enabled(if: geteuid() == 0, "needs root, whom the server has to change from"))
    func `a directory that the server's user cannot enter is named`() throws {
        let directory = try TestDirectory()
        let closed = "\(directory.path)/closed"
        try FileManager.default.createDirectory(
            atPath: closed, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        let failure = #expect(throws: PeerFailure.self) {
            _ = try PostgresServer(below: closed, transport: .unix)
        }
        let found = try #require(failure)
        #expect(found.isAbsence && "\(found)".contains("cannot enter \(closed)"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: closed) == [])
    }

    @Test func `a cluster that cannot be made leaves its last words and nothing else`() throws {
        let directory = try TestDirectory()
        let programs = try TestDirectory()
        _ = try programs.script("postgres", "exit 0")
        _ = try programs.script("initdb", "echo 'initdb: error: No space left on device'; exit 1")
        let installation = try #require(PostgresServer.Installation(directory: programs.path))
        let failure = #expect(throws: PeerFailure.self) {
            _ = try PostgresServer(
                below: directory.path, transport: .unix, installation: installation)
        }
        let text = "\(try #require(failure))"
        #expect(text.contains("No space left on device"), "\(text)")
        #expect(directory.contents == [])
    }

    @Test func `a server that is not installed is absent, with its package`() throws {
        let directory = try TestDirectory()
        #expect(PostgresServer.Installation(directory: directory.path) == nil)
        let failure = #expect(throws: PeerFailure.self) {
            _ = try PostgresServer(below: directory.path, transport: .unix, installation: nil)
        }
        let found = try #require(failure)
        #expect(found.isAbsence && "\(found)".contains("apt: postgresql"))
    }
}
