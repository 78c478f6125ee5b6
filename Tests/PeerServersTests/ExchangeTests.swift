import Foundation
import PeerServers
import Testing

@Suite struct ExchangeTests {
    @Test(arguments: Transport.allCases, [1, 3, 64])
    func `an echo answers every request of a crowd, whole and once`(
        transport: Transport, pipeline: Int
    ) throws {
        let directory = try TestDirectory()
        let exchange = FixedExchange(
            request: Array("request".utf8), reply: Array("the reply 123".utf8), digits: 10..<13)
        let echo = try EchoServer(
            below: directory.path, transport: transport, requestSize: exchange.request.count,
            reply: exchange.reply)
        let crowd = ExchangeCrowd(
            try (0..<4).map { _ in try echo.client(like: exchange, pipeline: pipeline) })
        try crowd.exchange(batches: 50)
        #expect(
            crowd.clients.map { $0.takeValues().count } == Array(repeating: 50 * pipeline, count: 4)
        )
        try crowd.clients[0].exchangeOnce()
        try crowd.clients[0].check()
        echo.stop()
        #expect(directory.contents == [])
        #expect(throws: PeerFailure.self) { try crowd.clients[1].exchangeOnce() }
    }

    @Test func `a command is an array of bulk strings`() {
        let bytes = RedisConversation.command(["GET", "a key"])
        #expect(String(decoding: bytes, as: UTF8.self) == "*2\r\n$3\r\nGET\r\n$5\r\na key\r\n")
    }

    @Test func `an execution binds, executes and syncs`() {
        let bytes = PostgresConversation.execution(of: "n")
        #expect(
            bytes == Array("B".utf8) + [0, 0, 0, 13, 0] + Array("n".utf8) + [0, 0, 0, 0, 0, 0, 0]
                + Array("E".utf8) + [0, 0, 0, 9, 0, 0, 0, 0, 0] + Array("S".utf8) + [0, 0, 0, 4])
    }

    @Test func `a promise that is kept passes, with its count`() throws {
        var promise = NumberPromise(of: "it", from: 100, clients: 2)
        try promise.take([100, 103], of: 0)
        try promise.take([101, 102], of: 1)
        try promise.checkNothingMissing()
        #expect(promise.count == 4)
        try promise.take([105], of: 1)
        #expect(throws: PeerFailure.self) { try promise.checkNothingMissing() }
    }

    @Test(
        arguments: [
            // Twice to one, falling to one, the same to two, below the first, beyond belief.
            [(0, [101, 101])], [(0, [105, 104])], [(0, [101, 102]), (1, [102])], [(0, [99])],
            [(0, [1 << 40])],
        ] as [[(Int, [Int64])]])
    func `a promise that is broken is an error`(given: [(Int, [Int64])]) throws {
        var promise = NumberPromise(of: "it", from: 100, clients: 2)
        let failure = #expect(throws: PeerFailure.self) {
            for (client, values) in given { try promise.take(values, of: client) }
        }
        #expect("\(try #require(failure))".hasPrefix("it broke its promise: "))
    }
}
