/// Reads a stream piece by piece, for what is not measured.
struct ReceivedBytes {
    private let connection: SocketConnection
    private var buffer = [UInt8](repeating: 0, count: 8192)
    private var position = 0
    private var end = 0

    /// The longest piece that is believed: no server here answers with more.
    static let longest = 1 << 20

    init(_ connection: SocketConnection) { self.connection = connection }

    /// The next byte.
    mutating func byte() throws(PeerFailure) -> UInt8 {
        if position == end {
            end = try connection.receive(into: &buffer, from: 0)
            position = 0
        }
        defer { position += 1 }
        return buffer[position]
    }

    /// The next `count` bytes.
    mutating func bytes(_ count: Int) throws(PeerFailure) -> [UInt8] {
        guard (0...Self.longest).contains(count) else {
            throw .unexpected(server: connection.server, answer: "a length of \(count)")
        }
        var found: [UInt8] = []
        found.reserveCapacity(count)
        for _ in 0..<count { found.append(try byte()) }
        return found
    }

    /// What comes before the next carriage return and line feed.
    mutating func line() throws(PeerFailure) -> [UInt8] {
        var found: [UInt8] = []
        while true {
            let next = try byte()
            if next == UInt8(ascii: "\n"), found.last == UInt8(ascii: "\r") {
                return found.dropLast()
            }
            found.append(next)
            guard found.count < Self.longest else {
                throw .unexpected(server: connection.server, answer: "a line without end")
            }
        }
    }
}
