extension PostgresConversation {
    /// Executes a prepared query once and gives the exchange that it is, whose reply carries the
    /// query's number.
    public func exchange(executing name: String) throws(PeerFailure) -> FixedExchange {
        let request = Self.execution(of: name)
        let reply = try reply(to: request)
        guard let exchange = FixedExchange.carryingNumber(request: request, reply: reply) else {
            throw .unexpected(server: "postgres", answer: "a reply without a number")
        }
        return exchange
    }

    /// A client for exchanges on this connection, which takes it over.
    public func client(_ exchange: FixedExchange, pipeline: Int) -> ExchangeClient {
        ExchangeClient(connection, exchange, pipeline: pipeline)
    }
}

extension RedisConversation {
    /// The exchange of adding one to the number at `key`.
    public static func incrementing(_ key: String, from number: Int64) -> FixedExchange {
        let reply = Array(":\(number)\r\n".utf8)
        return FixedExchange(
            request: command(["INCR", key]), reply: reply, digits: 1..<(reply.count - 2))
    }

    /// The exchange of reading `value` at `key`.
    public static func reading(_ key: String, _ value: String) -> FixedExchange {
        FixedExchange(
            request: command(["GET", key]),
            reply: Array("$\(value.utf8.count)\r\n\(value)\r\n".utf8))
    }

    /// A client for exchanges on this connection, which takes it over.
    public func client(_ exchange: FixedExchange, pipeline: Int) -> ExchangeClient {
        ExchangeClient(connection, exchange, pipeline: pipeline)
    }
}

extension EchoServer {
    /// A client of the echo, whose exchange is that of the server that it is the floor of.
    public func client(like exchange: FixedExchange, pipeline: Int) throws(PeerFailure)
        -> ExchangeClient
    {
        ExchangeClient(
            try SocketConnection(to: endpoint, server: "echo"),
            FixedExchange(request: exchange.request, reply: exchange.reply), pipeline: pipeline)
    }
}
