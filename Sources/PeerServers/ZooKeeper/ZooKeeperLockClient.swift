/// A client of ZooKeeper whose exchanges are measured: a lock that is taken and given back at once, by the
/// recipe of ZooKeeper's documentation that Curator follows ("ZooKeeper Recipes and Solutions", locks).
///
/// Whoever wants the lock makes an ephemeral node with the next number; the least number has it, every other
/// one waits for the end of the node before its own. The number of a lock is that of the node.
public final class ZooKeeperLockClient: MeasuredClient {
    /// What the client waits for.
    private enum Step {
        case making, listing, watching, waiting, deleting
    }

    /// Where requests go.
    public let connection: SocketConnection
    /// One: a lock is awaited before it is given back.
    public let pipeline = 1
    private let order: LockOrder
    private let path: String
    private let making: ZooKeeperPacket
    private let listing: ZooKeeperPacket
    private var step = Step.deleting
    /// The name of the client's node.
    private var name = ""
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var filled = 0
    private var values: [Int64] = []
    /// An exchange of as many bytes as it takes to make the node, for an echo.
    public private(set) var likeness = FixedExchange(request: [0], reply: [0])

    /// The number of the packet that tells what was watched.
    private static let event: Int32 = -1

    /// A client of the server at `endpoint`, which has had the lock once and given it back.
    ///
    /// - Parameter path: the node under which those who want the lock make theirs.
    /// - Throws: `disconnected`, or `unexpected` where the server refuses.
    public init(_ path: String, order: LockOrder, at endpoint: Endpoint) throws(PeerFailure) {
        let session = try ZooKeeperSession(at: endpoint)
        connection = session.connection
        self.path = path
        self.order = order
        making = .creating("\(path)/n-", [], .ephemeralSequential, number: 1)
        var listing = ZooKeeperPacket(.getChildren, number: 2)
        listing.append(path)
        listing.append(false)
        self.listing = listing
        try session.make(path, [])
        try exchangeOnce()
        values = []
        // A reply's head, and the path with ten digits.
        likeness = FixedExchange(
            request: making.bytes,
            reply: [UInt8](repeating: 0, count: 20 + 4 + path.utf8.count + 3 + 10))
    }

    /// Takes the lock and gives it back.
    public func exchangeOnce() throws(PeerFailure) {
        try send()
        while try receive() == 0 {}
    }

    /// Nothing is left to look at: numbers are looked at as they come.
    public func check() {}

    /// Asks for the lock.
    public func send() throws(PeerFailure) { try ask(making, .making) }

    /// Receives what is there, and goes on; 1 where the lock has been given back.
    public func receive() throws(PeerFailure) -> Int {
        filled += try connection.receive(into: &buffer, from: filled)
        var position = 0
        var count = 0
        while filled - position >= 4 {
            let length = Int(bigEndian(Int32.self, in: buffer, at: position))
            guard length >= 16, length <= buffer.count - 4 else {
                throw unexpected("a reply of \(length) bytes")
            }
            guard filled - position >= 4 + length else { break }
            let end = position + 4 + length
            if try take(Array(buffer[position + 4..<end])) { count += 1 }
            position = end
        }
        for index in position..<filled { buffer[index - position] = buffer[index] }
        filled -= position
        return count
    }

    /// The numbers of the locks since the last call, in their order.
    public func takeValues() -> [Int64] {
        defer { values.removeAll(keepingCapacity: true) }
        return values
    }

    private func ask(_ packet: ZooKeeperPacket, _ next: Step) throws(PeerFailure) {
        step = next
        try connection.send(packet.bytes, count: packet.bytes.count)
    }

    /// Takes a reply or an event, and says whether the lock has been given back with it.
    private func take(_ reply: [UInt8]) throws(PeerFailure) -> Bool {
        let isEvent = bigEndian(Int32.self, in: reply, at: 0) == Self.event
        let error = bigEndian(Int32.self, in: reply, at: 12)
        switch (step, error) {
        case (.waiting, _) where isEvent: try ask(listing, .listing)
        // A session has events of its own, such as that it has begun.
        case _ where isEvent: break
        case (.making, 0):
            let made = try text(in: reply, at: 16).value
            name = String(made.dropFirst(path.utf8.count + 1))
            try ask(listing, .listing)
        case (.listing, 0): try decide(among: try names(in: reply))
        case (.watching, 0): step = .waiting
        case (.watching, ZooKeeperError.noNode): try ask(listing, .listing)
        case (.deleting, 0): return true
        default: throw unexpected("error \(error)")
        }
        return false
    }

    /// Gives the lock back where the client has it, else watches the node before its own.
    private func decide(among names: [String]) throws(PeerFailure) {
        guard names.contains(name), let number = Int64(name.dropFirst(2)) else {
            throw unexpected("nodes without '\(name)'")
        }
        // Ten digits each, so that texts are in the numbers' order.
        guard let before = names.filter({ $0 < name }).max() else {
            try order.take(number)
            values.append(number)
            var packet = ZooKeeperPacket(.delete, number: 4)
            packet.append("\(path)/\(name)")
            packet.append(Int32(-1))
            return try ask(packet, .deleting)
        }
        var packet = ZooKeeperPacket(.getData, number: 3)
        packet.append("\(path)/\(before)")
        packet.append(true)
        try ask(packet, .watching)
    }

    private func names(in reply: [UInt8]) throws(PeerFailure) -> [String] {
        guard reply.count >= 20 else { throw unexpected("a reply without nodes") }
        var names: [String] = []
        var position = 20
        for _ in 0..<max(0, bigEndian(Int32.self, in: reply, at: 16)) {
            let (name, end) = try text(in: reply, at: position)
            names.append(name)
            position = end
        }
        return names
    }

    private func text(
        in reply: [UInt8], at place: Int
    ) throws(PeerFailure) -> (value: String, end: Int) {
        guard reply.count >= place + 4 else { throw unexpected("a reply that is cut off") }
        let length = Int(bigEndian(Int32.self, in: reply, at: place))
        guard length >= 0, reply.count >= place + 4 + length else {
            throw unexpected("a reply that is cut off")
        }
        let end = place + 4 + length
        return (String(decoding: reply[place + 4..<end], as: UTF8.self), end)
    }

    private func unexpected(_ answer: String) -> PeerFailure {
        .unexpected(server: connection.server, answer: answer)
    }
}
