public import StateMachines

/// A request of a client, by its number.
public struct HTTPRequestID: Hashable, Sendable {
    let number: UInt64
}

/// Why a request has no answer.
public enum HTTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The connection ended before the answer was whole; whether the server saw the request is not
    /// known.
    case disconnected(ClosureReason)
    /// What came is no answer that is taken.
    case refused(HTTPError)
    /// The answer did not come in time.
    case deadline

    /// The reason in a line.
    public var description: String {
        switch self {
        case .disconnected(let reason): "no answer: \(reason)"
        case .refused(let error): "no answer that is taken: \(error)"
        case .deadline: "no answer in time"
        }
    }
}

/// What hears answers.
public protocol HTTPReceiver: ~Copyable {
    /// A request was answered.
    mutating func received(
        _ response: HTTPResponse, to request: HTTPRequestID, on loop: inout EventLoop)
    /// A request has no answer, and will have none.
    mutating func failed(
        _ request: HTTPRequestID, _ reason: HTTPFailure, on loop: inout EventLoop)
}

/// An HTTP/1.1 client of one server over an event loop: a pool of connections that are kept, each
/// with a number of requests on their way.
///
/// Each request is answered or fails, once. One that fails is not made again: the server may have
/// done what it asked for. Requests wait while all connections are busy, in order, and no more of
/// them than ``Options/waiting``.
public struct HTTPClient<Receiver: HTTPReceiver & ~Copyable>: NetworkHandler, ~Copyable {
    /// How a client uses its server.
    public struct Options: Hashable, Sendable {
        /// Connections at most.
        public var connections: Int
        /// Requests on their way on a connection at most.
        public var pipeline: Int
        /// Requests that wait at most.
        public var waiting: Int
        /// How much of an answer is taken.
        public var limits: HTTPLimits
        /// How long the next answer on a connection may take.
        public var deadline: Span

        /// Options.
        public init(
            connections: Int = 4, pipeline: Int = 1, waiting: Int = 1024,
            limits: HTTPLimits = HTTPLimits(), deadline: Span = .seconds(30)
        ) {
            precondition(
                connections > 0 && pipeline > 0 && waiting > 0,
                "\(connections) connections, \(pipeline) requests on each, \(waiting) waiting")
            self.connections = connections
            self.pipeline = pipeline
            self.waiting = waiting
            self.limits = limits
            self.deadline = deadline
        }
    }

    private struct Waiting {
        let id: HTTPRequestID
        let bytes: [UInt8]
        let isHeadOnly: Bool
    }

    /// What hears answers.
    public var receiver: Receiver
    /// Where the server is.
    public let address: Address

    private let options: Options
    private var lanes: [ConnectionID: HTTPLane] = [:]
    private var lanesByNumber: [UInt64: ConnectionID] = [:]
    private var waiting: [Waiting] = []
    private var nextNumber: UInt64 = 0

    /// A client of the server at `address`.
    public init(
        of address: Address, _ receiver: consuming Receiver, options: Options = Options()
    ) {
        self.address = address
        self.receiver = receiver
        self.options = options
    }

    /// Requests that are not answered yet.
    public var outstanding: Int {
        waiting.count + lanes.values.reduce(0) { $0 + $1.requests.count }
    }

    /// Makes a request; nil when as many as may be are waiting.
    ///
    /// - Throws: what `EventLoop.connect` throws, where a connection is needed and none is there.
    public mutating func request(
        _ request: HTTPRequest, on loop: inout EventLoop
    ) throws(NetworkError) -> HTTPRequestID? {
        guard waiting.count < options.waiting else { return nil }
        let id = HTTPRequestID(number: nextNumber)
        nextNumber += 1
        var bytes: [UInt8] = []
        request.write(to: &bytes, host: "\(address)")
        waiting.append(Waiting(id: id, bytes: bytes, isHeadOnly: request.method == "HEAD"))
        do throws(NetworkError) {
            try dispatch(on: &loop)
        } catch {
            // Where a connection is there or about to be, the request waits for it.
            guard lanes.isEmpty else { return id }
            waiting.removeAll { $0.id == id }
            throw error
        }
        return id
    }

    /// Sends what waits, as far as connections have room, and makes another where they have none.
    private mutating func dispatch(on loop: inout EventLoop) throws(NetworkError) {
        while let next = waiting.first {
            let free = lanes.first { _, lane in
                lane.isConnected && !lane.isEnding && lane.requests.count < options.pipeline
            }
            guard let (connection, lane) = free else {
                let coming = lanes.values.count { !$0.isConnected }
                // One that is coming takes a pipeline of those that wait.
                guard lanes.count < options.connections,
                    coming * options.pipeline < waiting.count
                else { return }
                let made = try loop.connect(
                    to: address, options: ConnectionOptions(content: .bytes, maximumUnsent: 8 << 20)
                )
                lanes[made] = HTTPLane(number: nextNumber, limits: options.limits)
                lanesByNumber[nextNumber] = made
                nextNumber += 1
                continue
            }
            // What a connection has no room for now goes when it has drained.
            guard loop.send(next.bytes.span, to: connection) == .queued else { return }
            waiting.removeFirst()
            lane.requests.append(next.id)
            lane.parser.awaitsHeadOnly.append(next.isHeadOnly)
            if lane.timer == nil { setTimer(lane, on: &loop) }
        }
    }

    private func setTimer(_ lane: HTTPLane, on loop: inout EventLoop) {
        if let timer = lane.timer.take() { loop.cancel(timer) }
        guard !lane.requests.isEmpty else { return }
        lane.timer = loop.schedule(lane.number, at: loop.now + options.deadline)
    }

    /// As `dispatch`, where there is nobody to tell: what waits goes when a connection is free
    /// again, or fails with the last of them.
    private mutating func dispatchLater(on loop: inout EventLoop) {
        do throws(NetworkError) {
            try dispatch(on: &loop)
        } catch {
            if lanes.isEmpty { failWaiting(.disconnected(.asked), on: &loop) }
        }
    }

    private mutating func failWaiting(_ reason: HTTPFailure, on loop: inout EventLoop) {
        let failing = waiting
        waiting.removeAll()
        for request in failing { receiver.failed(request.id, reason, on: &loop) }
    }

    /// A connection to the server is there.
    public mutating func connected(_ connection: ConnectionID, on loop: inout EventLoop) {
        lanes[connection]?.isConnected = true
        dispatchLater(on: &loop)
    }

    /// A connection that had no room has some.
    public mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop) {
        dispatchLater(on: &loop)
    }

    /// Bytes of answers have come.
    public mutating func received(
        _ bytes: Bytes, from connection: ConnectionID, on loop: inout EventLoop
    ) {
        guard let lane = lanes[connection], !lane.isEnding else { return }
        do throws(HTTPError) {
            try lane.parser.feed(bytes)
        } catch {
            lane.failure = .refused(error)
        }
        tell(lane, on: &loop)
        if lane.failure != nil || lane.isEnding {
            lane.isEnding = true
            loop.abort(connection)
        }
        setTimer(lane, on: &loop)
        dispatchLater(on: &loop)
    }

    /// Tells the answers that are whole.
    private mutating func tell(_ lane: HTTPLane, on loop: inout EventLoop) {
        while let message = lane.parser.takeMessage() {
            guard !lane.requests.isEmpty else {
                lane.failure = .refused(.malformed("an answer to nothing"))
                return
            }
            let id = lane.requests.removeFirst()
            if !message.keepsAlive { lane.isEnding = true }
            var response = HTTPResponse(200, fields: message.fields, body: message.body)
            response.status = message.status
            receiver.received(response, to: id, on: &loop)
        }
    }

    /// An answer has not come in time.
    public mutating func timer(_ number: UInt64, on loop: inout EventLoop) {
        guard let connection = lanesByNumber[number], let lane = lanes[connection] else { return }
        lane.timer = nil
        lane.failure = .deadline
        lane.isEnding = true
        loop.abort(connection)
    }

    /// A connection has ended.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
    ) {
        guard let lane = lanes.removeValue(forKey: connection) else { return }
        lanesByNumber[lane.number] = nil
        if let timer = lane.timer.take() { loop.cancel(timer) }
        // An answer without a length is whole now.
        if lane.failure == nil, case .endOfStream = reason {
            do throws(HTTPError) { try lane.parser.finish() } catch {
                lane.failure = .refused(error)
            }
            tell(lane, on: &loop)
        }
        for id in lane.requests {
            receiver.failed(id, lane.failure ?? .disconnected(reason), on: &loop)
        }
        // Where nobody can be reached, those that wait would wait for ever.
        if !lane.isConnected, lanes.isEmpty { return failWaiting(.disconnected(reason), on: &loop) }
        dispatchLater(on: &loop)
    }
}

/// A connection of a client.
private final class HTTPLane {
    let number: UInt64
    let parser: HTTPParser
    /// Requests on their way, in order.
    var requests: [HTTPRequestID] = []
    var isConnected = false
    /// Whether no more requests go over it.
    var isEnding = false
    var failure: HTTPFailure?
    var timer: TimerID?

    init(number: UInt64, limits: HTTPLimits) {
        self.number = number
        parser = HTTPParser(.responses, limits: limits)
    }
}
