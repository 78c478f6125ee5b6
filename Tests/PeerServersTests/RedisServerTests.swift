import Foundation
import Glibc
import PeerServers
import Testing

@Suite struct RedisServerTests {
    private static let isInstalled = RedisServer.installed != nil

    @Test(
        .enabled(if: isInstalled, "needs redis-server"), arguments: Transport.allCases,
        RedisServer.Durability.allCases)
    func `a server of our own counts, says what it is, and goes without a trace`(
        transport: Transport, durability: RedisServer.Durability
    ) throws {
        let directory = try TestDirectory()
        let redis = try RedisServer(
            below: directory.path, transport: transport, durability: durability)
        #expect(redis.facts.first?.hasPrefix("Redis ") == true)
        #expect(redis.facts.contains("appendonly \(durability == .memory ? "no" : "yes")"))
        if durability == .always { #expect(redis.facts.contains("appendfsync always")) }
        let sockets = redis.server.socketDirectory
        let process = redis.server.process
        #expect(isThere(process))
        let exchange = RedisConversation.incrementing("n", from: 1_000_000)
        _ = try redis.connection().ask(["SET", "n", "1000000"])
        let client = try redis.connection().client(exchange, pipeline: 1)
        for _ in 0..<3 {
            try client.exchangeOnce()
            try client.check()
        }
        #expect(client.takeValues() == [1_000_001, 1_000_002, 1_000_003])
        #expect(client.takeValues() == [])
        redis.stop()
        #expect(!isThere(process))
        #expect(directory.contents == [])
        #expect(!FileManager.default.fileExists(atPath: sockets))
    }

    @Test(.enabled(if: isInstalled, "needs redis-server"))
    func `a crowd gets every number once, each client in its order`() throws {
        let directory = try TestDirectory()
        let redis = try RedisServer(below: directory.path, transport: .unix, durability: .memory)
        _ = try redis.connection().ask(["SET", "n", "1000000"])
        let exchange = RedisConversation.incrementing("n", from: 1_000_000)
        let crowd = ExchangeCrowd(
            try (0..<5).map { _ in try redis.connection().client(exchange, pipeline: 7) })
        #expect(crowd.batch == 35)
        try crowd.exchange(batches: 40)
        var promise = NumberPromise(of: "redis", from: 1_000_001, clients: 5)
        for (index, client) in crowd.clients.enumerated() {
            let values = client.takeValues()
            #expect(values.count == 280)
            try promise.take(values, of: index)
        }
        try promise.checkNothingMissing()
        #expect(promise.count == 1400)
    }

    @Test(.enabled(if: isInstalled, "needs redis-server"))
    func `a wrong reply ends the measurement with the server's words`() throws {
        let directory = try TestDirectory()
        let redis = try RedisServer(below: directory.path, transport: .unix, durability: .memory)
        _ = try redis.connection().ask(["LPUSH", "n", "1"])
        let exchange = RedisConversation.incrementing("n", from: 1_000_000)
        let client = try redis.connection().client(exchange, pipeline: 1)
        let failure = #expect(throws: PeerFailure.self) { try client.exchangeOnce() }
        #expect("\(try #require(failure))".contains("WRONGTYPE"))
    }

    @Test(.enabled(if: isInstalled, "needs redis-server"))
    func `nobody without the password is let in over loopback`() throws {
        let directory = try TestDirectory()
        let redis = try RedisServer(below: directory.path, transport: .tcp, durability: .memory)
        let stranger = ExchangeClient(
            try SocketConnection(to: redis.endpoint, server: "redis-server"),
            RedisConversation.reading("n", "1"), pipeline: 1)
        let failure = #expect(throws: PeerFailure.self) { try stranger.exchangeOnce() }
        #expect("\(try #require(failure))".contains("NOAUTH"))
    }

    @Test(.enabled(if: isInstalled, "needs redis-server"))
    func `a port that is taken ends the start with the server's own words`() throws {
        let directory = try TestDirectory()
        let first = try RedisServer(below: directory.path, transport: .tcp, durability: .memory)
        guard case .tcp(let port) = first.endpoint else {
            Issue.record("not on a port: \(first.endpoint)")
            return
        }
        let failure = #expect(throws: PeerFailure.self) {
            _ = try RedisServer(
                below: directory.path, transport: .tcp, durability: .always, port: port)
        }
        let text = "\(try #require(failure))"
        #expect(
            text.contains("ended with status 1") && text.contains("Address already in use"),
            "\(text)")
        #expect(directory.contents == ["redis-memory"])
    }

    @Test func `a server that is not installed is absent, with its package`() throws {
        let directory = try TestDirectory()
        let failure = #expect(throws: PeerFailure.self) {
            _ = try RedisServer(
                below: directory.path, transport: .unix, durability: .memory, program: nil)
        }
        let found = try #require(failure)
        #expect(found.isAbsence)
        #expect("\(found)".contains("apt: redis-server"))
        #expect(directory.contents == [])
    }

    @Test func `a server that dies at its start leaves its last words and nothing else`() throws {
        let directory = try TestDirectory()
        let program = try directory.script("dies", "echo first; echo 'no space left' >&2; exit 7")
        let failure = #expect(throws: PeerFailure.self) {
            _ = try RedisServer(
                below: directory.path, transport: .unix, durability: .memory, program: program)
        }
        let found = try #require(failure)
        #expect(!found.isAbsence)
        #expect(
            "\(found)" == "redis-server ended with status 7 before it answered; "
                + "its log ends in: first | no space left")
        #expect(directory.contents == ["dies"])
    }

    @Test func `a program that cannot be run says why`() throws {
        let directory = try TestDirectory()
        let failure = #expect(throws: PeerFailure.self) {
            _ = try RedisServer(
                below: directory.path, transport: .unix, durability: .memory,
                program: "\(directory.path)/nothing")
        }
        #expect("\(try #require(failure))".contains("ENOENT"))
        #expect(directory.contents == [])
    }

    @Test func `what a server starts goes with it, even in a session of its own`() throws {
        let directory = try TestDirectory()
        // Never answers; leaves a process behind, says which, and ends.
        let program = try directory.script(
            "leaves", "setsid sleep 600 & echo $! > \(directory.path)/left; exit 0")
        #expect(throws: PeerFailure.self) {
            _ = try RedisServer(
                below: directory.path, transport: .unix, durability: .memory, program: program)
        }
        let text = try String(contentsOfFile: "\(directory.path)/left", encoding: .utf8)
        let left = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(!isThere(left))
    }
}
