/// A connection to a ZooKeeper server with a session of its own: beginning it, and asking one thing at a
/// time.
///
/// For one thread at a time.
final class ZooKeeperSession {
    let connection: SocketConnection

    /// How long a session lives without a word from its client, in milliseconds: longer than contenders
    /// of a benchmark wait for their turns.
    static let length: Int32 = 600_000

    /// Begins a session with the server at `endpoint`.
    ///
    /// - Throws: `disconnected`, or `unexpected` where the server refuses.
    init(at endpoint: Endpoint) throws(PeerFailure) {
        connection = try SocketConnection(to: endpoint, server: "zookeeper")
        let hello = ZooKeeperPacket.beginning(session: Self.length).bytes
        try connection.send(hello, count: hello.count)
        let answer = try packet()
        // A session of no length is one that was refused.
        guard answer.count >= 16, bigEndian(Int32.self, in: answer, at: 4) > 0 else {
            throw .unexpected(server: connection.server, answer: "no session")
        }
    }

    /// Asks for something and gives the error, 0 for none, and what follows it.
    func ask(_ packet: ZooKeeperPacket) throws(PeerFailure) -> (error: Int32, body: [UInt8]) {
        try connection.send(packet.bytes, count: packet.bytes.count)
        let answer = try self.packet()
        guard answer.count >= 16 else {
            throw .unexpected(
                server: connection.server, answer: "a reply of \(answer.count) bytes")
        }
        return (bigEndian(Int32.self, in: answer, at: 12), Array(answer[16...]))
    }

    /// Makes a node that stays, or finds it there.
    func make(_ path: String, _ value: [UInt8]) throws(PeerFailure) {
        let error = try ask(.creating(path, value, .persistent, number: 0)).error
        guard error == 0 || error == ZooKeeperError.nodeExists else {
            throw .unexpected(server: connection.server, answer: "error \(error)")
        }
    }

    private func packet() throws(PeerFailure) -> [UInt8] {
        var received = ReceivedBytes(connection)
        let length = bigEndian(Int32.self, in: try received.bytes(4), at: 0)
        return try received.bytes(Int(length))
    }
}

/// What a server says when it does not do what it was asked for (`KeeperException.Code`).
enum ZooKeeperError {
    /// There is no such node.
    static let noNode: Int32 = -101
    /// There is such a node already.
    static let nodeExists: Int32 = -110
}
