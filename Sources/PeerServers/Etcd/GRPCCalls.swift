/// Calls of gRPC on one connection that end in any order, and of which each may fail by itself, or never
/// end: for servers that something is being done to.
///
/// A call has succeeded when an answer came before its end. A server that fails a unary call sends headers
/// alone ("gRPC over HTTP/2", Trailers-Only).
///
/// For one thread at a time.
final class GRPCCalls {
    /// Where they go, to be waited for.
    let connection: SocketConnection
    private let wire: GRPCConnection
    /// What came so far of calls that have not ended.
    private var pieces: [UInt32: [UInt8]] = [:]

    /// Calls on a connection that was just made.
    init(_ connection: SocketConnection) throws(PeerFailure) {
        self.connection = connection
        wire = try GRPCConnection(connection)
    }

    /// Begins a call and gives its number; nil where the server takes no more until it has been heard.
    func begin(_ call: GRPCCall) throws(PeerFailure) -> UInt32? {
        guard let stream = try wire.begin(call) else { return nil }
        pieces[stream] = []
        return stream
    }

    /// Receives what is there, waiting for something, and gives every call that has ended: its number, and
    /// the message of its answer, nil where it failed.
    ///
    /// - Throws: `disconnected`, with which all calls have ended.
    func receive(_ take: (UInt32, [UInt8]?) -> Void) throws(PeerFailure) {
        try wire.receiveEvents { event throws(PeerFailure) in
            switch event {
            case .piece(let stream, let part): pieces[stream]?.append(contentsOf: wire.bytes[part])
            case .ended(let stream, _):
                // After the five bytes of the message's head.
                guard let whole = pieces.removeValue(forKey: stream) else { return }
                take(stream, whole.count >= 5 ? Array(whole[5...]) : nil)
            case .reset(let stream):
                guard pieces.removeValue(forKey: stream) != nil else { return }
                take(stream, nil)
            }
        }
    }

    /// The most calls that ``all(_:_:)`` has under way.
    private static let mostAtOnce = 64

    /// For whoever has no other calls under way.
    static func none(_ stream: UInt32, _ answer: [UInt8]?) {
        preconditionFailure("call \(stream) has ended, whose answer nobody waits for")
    }

    /// Makes so many calls, some at a time, and gives their answers in the calls' order.
    ///
    /// - Parameter others: given every other call that was under way and has ended meanwhile, as by
    ///   ``receive(_:)``.
    /// - Throws: `disconnected`, or `unexpected` where one fails.
    func all(
        _ count: Int, _ call: (Int) -> GRPCCall,
        others: (UInt32, [UInt8]?) -> Void = GRPCCalls.none
    ) throws(PeerFailure) -> [[UInt8]] {
        var answers = [[UInt8]](repeating: [], count: count)
        var open: [UInt32: Int] = [:]
        var (sent, failed) = (0, 0)
        while sent < count || !open.isEmpty {
            while sent < count, open.count < Self.mostAtOnce, let stream = try begin(call(sent)) {
                open[stream] = sent
                sent += 1
            }
            try receive { stream, answer in
                guard let place = open.removeValue(forKey: stream) else {
                    return others(stream, answer)
                }
                answers[place] = answer ?? []
                if answer == nil { failed += 1 }
            }
            guard failed == 0 else {
                throw .unexpected(server: connection.server, answer: "one call of \(count) failed")
            }
        }
        return answers
    }
}
