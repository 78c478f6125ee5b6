import CNetworkPeers
import Glibc
import Hardware
import Measurement
import Network
import NetworkNIO
import StateMachines

/// Who sends back what comes.
enum EchoContender: String, CaseIterable {
    /// The engine's event loop, over bytes.
    case nilometer
    /// The same over frames: headers are read and written, checksums verified and made.
    case frames = "nilometer-frames"
    /// The engine's HTTP server, which answers a request of its own with a body of a message.
    case http = "nilometer-http"
    /// The event loop over SwiftNIO's sockets, over bytes: two threads.
    case carried = "nilometer-nio"
    /// SwiftNIO as its authors would have it echo, without the event loop: one thread.
    case swiftNIO = "swift-nio"
    /// One thread in C, with epoll and plain calls.
    case epoll

    /// The cluster that the benchmarks' frames are for.
    static let cluster = ClusterTag(0x6E65_742E)

    /// What bounds the figures from below, in words.
    static let floor = "the epoll echo beside it: what the kernel's sockets cost in C"

    /// The parameter that names contenders.
    static func parameter(_ contenders: [EchoContender]) -> ParameterSpecification {
        let names = contenders.map(\.rawValue)
        return .init(
            "contenders", "echoes that run side by side", .subset(of: names),
            default: names.joined(separator: ","))
    }

    /// The parameter that says how both ends wait.
    static let waiting = ParameterSpecification(
        "waiting",
        "how client and server wait: asleep in the kernel, or looking all the time",
        .choice(["blocking", "spinning"]), default: "blocking")

    /// A message of `size` bytes as this echo wants it, and what comes back.
    func exchange(of size: Int) -> (request: [UInt8], reply: [UInt8]) {
        if self == .http { return HTTPEcho.exchange(of: size) }
        let message = message(of: size)
        return (message, message)
    }

    private func message(of size: Int) -> [UInt8] {
        let filling = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        guard self == .frames else { return filling }
        let payload = Array(filling.dropFirst(FrameHeader.size))
        return FrameHeader.frame(kind: 1, payload.span, for: Self.cluster)
    }

    /// Serves until `stop` has something to read. Takes `socket` over: one that listens, or one for
    /// datagrams.
    func serve(_ socket: Int32, _ work: EchoWork, stop: Int32) throws {
        switch (self, work.transport) {
        case (.epoll, .tcp):
            defer { close(socket) }
            let error = network_epoll_echo(socket, stop, work.spins ? 1 : 0)
            if error != 0 { throw SystemError(error) }
        case (.epoll, .udp):
            defer { close(socket) }
            let error = network_datagram_echo(socket, work.spins ? 1 : 0)
            if error != 0 { throw SystemError(error) }
        case (.http, _):
            try HTTPEcho.serve(socket, work, stop: stop)
        case (.swiftNIO, _):
            try NIOEcho.serve(socket, stop: stop)
        case (.carried, _), (.nilometer, _), (.frames, _):
            var loop = try makeLoop(work)
            var handler = EchoHandler()
            _ = try loop.watch(stop)
            switch work.transport {
            case .udp: _ = try loop.adopt(datagrams: socket)
            case .tcp: try loop.adopt(listener: socket, options: connectionOptions(work))
            }
            while !handler.isOver { try loop.turn(&handler) }
        }
    }

    /// The loop to serve with. SwiftNIO's thread sleeps whatever the loop does, which leaves it the
    /// processing unit that both have.
    private func makeLoop(_ work: EchoWork) throws(NetworkError) -> EventLoop {
        guard self != .carried else { return try EventLoop(transport: .nio()) }
        return try EventLoop(
            options: .init(waiting: work.spins ? .spinning(atMost: nil) : .blocking))
    }

    private func connectionOptions(_ work: EchoWork) -> ConnectionOptions {
        let room = max(4 << 20, 2 * work.message * work.window)
        guard self == .frames else {
            return ConnectionOptions(content: .bytes, maximumUnsent: room)
        }
        let limits = FrameLimits(maximumPayload: work.message)
        return ConnectionOptions(
            content: .frames(limits, cluster: Self.cluster), maximumUnsent: room)
    }
}

/// What is sent back and forth.
struct EchoWork: Sendable {
    enum Transport: Sendable {
        case tcp
        case udp
    }

    let transport: Transport
    /// Bytes of a message.
    let message: Int
    /// How many are on their way at once.
    let window: Int
    /// Whether both ends look all the time.
    let spins: Bool
}

/// Sends back what comes, and ends with the first word on the descriptor that it watches.
private struct EchoHandler: NetworkHandler {
    var isOver = false

    mutating func received(
        _ frame: FrameHeader, _ payload: Bytes, from connection: ConnectionID,
        on loop: inout EventLoop
    ) {
        let outcome = loop.send(
            kind: frame.kind, correlation: frame.correlation, payload, to: connection)
        precondition(outcome != .full, "an echo without room for the client's window")
    }

    mutating func received(
        _ bytes: Bytes, from connection: ConnectionID, on loop: inout EventLoop
    ) {
        let outcome = loop.send(bytes, to: connection)
        precondition(outcome != .full, "an echo without room for the client's window")
    }

    mutating func received(
        datagram: Bytes, isWhole: Bool, from sender: Address, at socket: DatagramSocketID,
        on loop: inout EventLoop
    ) {
        // A ring that fails says so in the next turn, which the server's loop hears.
        _ = try? loop.send(datagram: datagram, to: sender, from: socket)
    }

    mutating func ready(_ watch: WatchID, on loop: inout EventLoop) { isOver = true }
}
