import NetworkNIO
import StateMachines
import Testing

@testable import Network

/// Keeps what a loop tells, and answers frames where it is told to.
struct Recorder: NetworkHandler {
    struct Received: Equatable {
        let kind: UInt8
        let correlation: UInt64
        let payload: [UInt8]
        let connection: ConnectionID
    }

    struct Closed: Equatable {
        let connection: ConnectionID
        let reason: ClosureReason
    }

    /// Whether each frame is sent back.
    var echoes = false
    /// Whether a connection is paused with each frame that comes.
    var pausesWithEach = false

    var accepted: [ConnectionID] = []
    var turnedAway: [ClosureReason] = []
    var connected: [ConnectionID] = []
    var frames: [Received] = []
    var bytes: [UInt8] = []
    var datagrams: [[UInt8]] = []
    var senders: [Address] = []
    var drained: [ConnectionID] = []
    var closed: [Closed] = []
    var timers: [UInt64] = []
    var watches: [WatchID] = []
    var turns = 0

    mutating func accepted(
        _ connection: ConnectionID, by listener: ListenerID, on loop: inout EventLoop
    ) {
        accepted.append(connection)
    }

    mutating func turnedAway(
        _ reason: ClosureReason, by listener: ListenerID, on loop: inout EventLoop
    ) {
        turnedAway.append(reason)
    }

    mutating func connected(_ connection: ConnectionID, on loop: inout EventLoop) {
        connected.append(connection)
    }

    mutating func received(
        _ frame: FrameHeader, _ payload: Bytes, from connection: ConnectionID,
        on loop: inout EventLoop
    ) {
        // SAFETY: the bytes are copied while they are borrowed.
        let copy = unsafe payload.withUnsafeBytes { unsafe Array($0) }
        frames.append(
            Received(
                kind: frame.kind, correlation: frame.correlation, payload: copy,
                connection: connection))
        if echoes {
            loop.send(kind: frame.kind, correlation: frame.correlation, payload, to: connection)
        }
        if pausesWithEach { loop.pause(connection) }
    }

    mutating func received(
        _ bytes: Bytes, from connection: ConnectionID, on loop: inout EventLoop
    ) {
        // SAFETY: the bytes are copied while they are borrowed.
        unsafe bytes.withUnsafeBytes { unsafe self.bytes.append(contentsOf: $0) }
        if echoes { loop.send(bytes, to: connection) }
    }

    mutating func received(
        datagram: Bytes, isWhole: Bool, from sender: Address, at socket: DatagramSocketID,
        on loop: inout EventLoop
    ) {
        // SAFETY: the bytes are copied while they are borrowed.
        datagrams.append(unsafe datagram.withUnsafeBytes { unsafe Array($0) })
        senders.append(sender)
        guard echoes else { return }
        #expect(throws: Never.self) { try loop.send(datagram: datagram, to: sender, from: socket) }
    }

    mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop) {
        drained.append(connection)
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
    ) {
        closed.append(Closed(connection: connection, reason: reason))
    }

    mutating func timer(_ number: UInt64, on loop: inout EventLoop) { timers.append(number) }

    mutating func ready(_ watch: WatchID, on loop: inout EventLoop) { watches.append(watch) }

    mutating func turnEnded(on loop: inout EventLoop) { turns += 1 }
}

extension EventLoop {
    private struct Nowhere: Error {}

    /// Where a listener listens, which has to be somewhere.
    func place(of listener: ListenerID) throws -> Address {
        guard let address = address(of: listener) else { throw Nowhere() }
        return address
    }

    /// Where a socket is, which has to be somewhere.
    func place(of socket: DatagramSocketID) throws -> Address {
        guard let address = address(of: socket) else { throw Nowhere() }
        return address
    }
}

/// What tests of loops share: loops are turned in one thread, one after the other, so that a test
/// runs the same way each time but for what the kernel does.
enum Lab {
    /// Whether there is a ring here at all.
    static let hasRing: Bool = {
        do throws(NetworkError) {
            _ = try EventLoop(options: small)
            return true
        } catch {
            return false
        }
    }()

    static let cluster = ClusterTag(0x4E49_4C45)
    static let small = EventLoop.Options(
        maximumConnections: 64, entries: 64, completions: 256, receiveBuffers: 16,
        receiveBufferSize: 4096)
    static let frames = ConnectionOptions(
        content: .frames(FrameLimits(maximumPayload: 1 << 16), cluster: cluster),
        maximumUnsent: 1 << 18)

    /// How long something may take that has to come: long, for a busy machine.
    private static let patience = Span.seconds(60)

    /// Turns `loop` until `isDone`.
    static func turn(
        _ loop: inout EventLoop, _ recorder: inout Recorder, step: Span = .milliseconds(20),
        _ comment: Comment = "what was awaited has not come",
        sourceLocation: SourceLocation = #_sourceLocation,
        until isDone: (borrowing Recorder) -> Bool
    ) throws {
        let end = Clock.now + patience
        while !isDone(recorder) {
            try loop.turn(&recorder, until: Clock.now + step)
            guard Clock.now < end else {
                Issue.record(comment, sourceLocation: sourceLocation)
                return
            }
        }
    }

    /// What a loop's promises are tried over. Where there is no ring here, its own tests say so.
    static let transports: [Transport] = (hasRing ? [.ring] : []) + [.nio()]

    /// A small loop.
    static func loop(over transport: Transport) throws -> EventLoop {
        try EventLoop(options: small, transport: transport)
    }

    /// Two loops with a connection between them, to be turned in turns.
    struct Pair: ~Copyable {
        var server: EventLoop
        var client: EventLoop
        var serverSide = Recorder()
        var clientSide = Recorder()
        let connection: ConnectionID
        let address: Address

        /// Turns both until `isDone`, which sees the server's record and the client's.
        mutating func turn(
            _ comment: Comment = "what was awaited has not come",
            sourceLocation: SourceLocation = #_sourceLocation,
            until isDone: (borrowing Recorder, borrowing Recorder) -> Bool
        ) throws {
            let end = Clock.now + patience
            while !isDone(serverSide, clientSide) {
                try client.turn(&clientSide, until: Clock.now)
                try server.turn(&serverSide, until: Clock.now + .milliseconds(1))
                guard Clock.now < end else {
                    Issue.record(comment, sourceLocation: sourceLocation)
                    return
                }
            }
        }
    }

    /// Connects two loops.
    static func pair(
        _ options: ConnectionOptions = Lab.frames, server: consuming EventLoop,
        client: consuming EventLoop
    ) throws -> Pair {
        let listener = try server.listen(at: .loopback(), options: options)
        let address = try server.place(of: listener)
        let connection = try client.connect(to: address, options: options)
        var pair = Pair(
            server: server, client: client, connection: connection, address: address)
        try pair.turn { !$0.accepted.isEmpty && !$1.connected.isEmpty }
        return pair
    }

    /// Connects two small loops.
    static func pair(
        _ options: ConnectionOptions = Lab.frames, over transport: Transport = .ring
    ) throws -> Pair {
        try pair(options, server: loop(over: transport), client: loop(over: transport))
    }

    /// A frame as it stands on the wire.
    static func frame(
        kind: UInt8 = 1, correlation: UInt64 = 0, _ payload: [UInt8],
        for cluster: ClusterTag = cluster
    ) -> [UInt8] {
        FrameHeader.frame(kind: kind, correlation: correlation, payload.span, for: cluster)
    }
}
