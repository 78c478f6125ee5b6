public import StateMachines

/// What answers requests.
public protocol HTTPApplication: ~Copyable {
    /// The response to a request. Called on the loop's thread, one at a time; other connections
    /// wait meanwhile.
    mutating func respond(to request: HTTPRequest) -> HTTPResponse
}

/// An HTTP/1.1 server over an event loop: connections that are kept, requests that are sent before
/// the answers to those before them have come, and answers in their order.
///
///     var server = HTTPServer(Pages())
///     try loop.listen(at: address, options: HTTPServer<Pages>.connectionOptions())
///     while true { try loop.turn(&server) }
///
/// A head and a body have limits, and a request has a deadline from its first byte to its last, so
/// that a peer that sends a byte a second is cut off. One that reads no answers is read from no
/// more. What is no HTTP is answered with a status that says so, and the connection ends.
///
/// Source: RFC 9112. Deviations: no trailers; no other protocol is gone over to (501).
public struct HTTPServer<Application: HTTPApplication & ~Copyable>: NetworkHandler, ~Copyable {
    /// What answers.
    public var application: Application
    /// How much of a request is taken.
    public let limits: HTTPLimits
    /// How long a request may take to come.
    public let requestDeadline: Span
    /// Requests that were answered, but for those that were no HTTP.
    public private(set) var answered: UInt64 = 0
    /// Connections that ended for what came on them, or for its slowness.
    public private(set) var refused: UInt64 = 0

    private var peers: [ConnectionID: HTTPServerPeer] = [:]
    private var peersByNumber: [UInt64: ConnectionID] = [:]
    private var nextNumber: UInt64 = 0
    private var date = HTTPDate()

    /// A server.
    public init(
        _ application: consuming Application, limits: HTTPLimits = HTTPLimits(),
        requestDeadline: Span = .seconds(10)
    ) {
        self.application = application
        self.limits = limits
        self.requestDeadline = requestDeadline
    }

    /// Options to listen with, for peers that may be silent for `idleDeadline`.
    public static func connectionOptions(
        idleDeadline: Span = .seconds(60)
    ) -> ConnectionOptions {
        ConnectionOptions(content: .bytes, maximumUnsent: room, idleDeadline: idleDeadline)
    }

    /// Bytes of answers that a connection has room for, beside the one that is being sent.
    private static var room: Int { 1 << 20 }

    /// A peer has connected.
    public mutating func accepted(
        _ connection: ConnectionID, by listener: ListenerID, on loop: inout EventLoop
    ) {
        peers[connection] = HTTPServerPeer(number: nextNumber, limits: limits)
        peersByNumber[nextNumber] = connection
        nextNumber += 1
    }

    /// Bytes of requests have come.
    public mutating func received(
        _ bytes: Bytes, from connection: ConnectionID, on loop: inout EventLoop
    ) {
        guard let peer = peers[connection], !peer.isEnding else { return }
        var failure: HTTPError?
        do throws(HTTPError) {
            try peer.parser.feed(bytes)
        } catch {
            failure = error
        }
        answer(peer, connection, on: &loop)
        if let failure {
            refused += 1
            peer.refusal = failure
            answer(peer, connection, on: &loop)
        } else if peer.parser.isAwaitingLeave, peer.isIdle {
            peer.parser.noteLeave()
            peer.unsent += Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
            push(peer, connection, on: &loop)
        }
        watchDeadline(peer, on: &loop)
    }

    /// There is room for answers again.
    public mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop) {
        guard let peer = peers[connection] else { return }
        push(peer, connection, on: &loop)
        answer(peer, connection, on: &loop)
    }

    /// A request has not come in time.
    public mutating func timer(_ number: UInt64, on loop: inout EventLoop) {
        guard let connection = peersByNumber[number], let peer = peers[connection] else { return }
        peer.timer = nil
        refused += 1
        loop.abort(connection)
    }

    /// A connection has ended.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
    ) {
        guard let peer = peers.removeValue(forKey: connection) else { return }
        peersByNumber[peer.number] = nil
        if let timer = peer.timer { loop.cancel(timer) }
    }

    /// Answers what has come, for as long as the answers find room.
    private mutating func answer(
        _ peer: HTTPServerPeer, _ connection: ConnectionID, on loop: inout EventLoop
    ) {
        while peer.isIdle, let message = peer.parser.takeMessage() {
            let request = HTTPRequest(
                message.method, message.target, fields: message.fields, body: message.body)
            let response = application.respond(to: request)
            answered += 1
            if !message.keepsAlive { peer.isEnding = true }
            response.write(
                to: &peer.unsent, date: date.text(at: loop.now),
                keepsAlive: message.keepsAlive, withBody: message.method != "HEAD")
            push(peer, connection, on: &loop)
        }
        if peer.isIdle, let refusal = peer.refusal.take() {
            peer.isEnding = true
            HTTPResponse(refusal.status, text: "\(refusal)\n").write(
                to: &peer.unsent, date: date.text(at: loop.now), keepsAlive: false,
                withBody: true)
            push(peer, connection, on: &loop)
        }
    }

    /// Sends what there is room for; a peer that has answers to read is not read from meanwhile.
    private func push(
        _ peer: HTTPServerPeer, _ connection: ConnectionID, on loop: inout EventLoop
    ) {
        while !peer.unsent.isEmpty {
            // Half of the room at a time: so much is free when the loop says that it has drained.
            let count = min(peer.unsent.count, Self.room / 2)
            guard loop.send(peer.unsent.span.extracting(first: count), to: connection) != .full
            else { return loop.pause(connection) }
            if count == peer.unsent.count {
                peer.unsent.removeAll(keepingCapacity: count <= 1 << 16)
            } else {
                peer.unsent.removeFirst(count)
            }
        }
        if peer.isEnding { loop.close(connection) } else { loop.resume(connection) }
    }

    /// Begins or ends the time that a request may take.
    private func watchDeadline(_ peer: HTTPServerPeer, on loop: inout EventLoop) {
        let isInside = peer.parser.isInside && !peer.isEnding
        if isInside, peer.timer == nil {
            peer.timer = loop.schedule(peer.number, at: loop.now + requestDeadline)
        } else if !isInside, let timer = peer.timer.take() {
            loop.cancel(timer)
        }
    }
}

/// What a server knows of a peer.
private final class HTTPServerPeer {
    let number: UInt64
    let parser: HTTPParser
    /// Bytes of answers that found no room yet.
    var unsent: [UInt8] = []
    /// Whether the connection ends with what is unsent.
    var isEnding = false
    /// What is to be answered to what was no HTTP, when all before it is answered.
    var refusal: HTTPError?
    var timer: TimerID?

    init(number: UInt64, limits: HTTPLimits) {
        self.number = number
        parser = HTTPParser(.requests, limits: limits)
    }

    /// Whether the next answer may be made.
    var isIdle: Bool { unsent.isEmpty && !isEnding }
}
