/// What happened to a call: a piece of its answer, or its end. Parts are of what was received last.
enum GRPCEvent {
    /// A piece of the stream's message.
    case piece(UInt32, Range<Int>)
    /// The stream has ended, with these headers.
    case ended(UInt32, Range<Int>)
    /// The server has given the stream up.
    case reset(UInt32)
}

/// A connection to a gRPC server, as far as unary calls need it (RFC 9113 and "gRPC over HTTP/2").
///
/// It asks the server for headers without a table (`SETTINGS_HEADER_TABLE_SIZE` 0), so that what ends a
/// successful call is the same bytes each time: those of the first call whose answer was looked into. All
/// else that ends a call is a failure.
///
/// For one thread at a time.
final class GRPCConnection {
    let connection: SocketConnection
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// What was received last, in which events have their places.
    var bytes: [UInt8] { buffer }
    private var filled = 0
    /// What the server is to hear besides the next calls.
    private var owed: [UInt8] = []
    private var batch: [UInt8] = []
    private var nextStream: UInt32 = 1
    /// Bytes of messages that the server takes before it says that it takes more.
    private var window = 65_535
    /// Bytes of messages that came since the server was told that more may come.
    private var untold = 0
    /// What ends a call that succeeded; nil before the first.
    private var success: [UInt8]?
    /// Messages that came for calls that have not ended yet.
    private var messages = 0
    /// Bytes of all frames of answers.
    private(set) var answered = 0

    /// How many bytes may come before the server is told that more may.
    private static let patience = 1 << 28

    /// Begins speaking HTTP/2 on a connection that was just made.
    init(_ connection: SocketConnection) throws(PeerFailure) {
        self.connection = connection
        var hello = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        // No table of headers, no pushing, and 2³¹ − 1 bytes for each stream and for all.
        let settings: [(UInt8, UInt32)] = [(1, 0), (2, 0), (4, 0x7FFF_FFFF)]
        hello += GRPCCall.head(.settings, flags: 0, length: 6 * settings.count)
        for (name, value) in settings { hello += [0, name] + Self.bytes(value) }
        hello += Self.windowUpdate(0x7FFF_FFFF - 65_535)
        try connection.send(hello, count: hello.count)
    }

    /// Calls once and gives the message of the answer.
    ///
    /// - Throws: `unexpected` where the call fails, or where the answer has no message.
    func ask(_ call: GRPCCall) throws(PeerFailure) -> [UInt8] {
        try send(call, times: 1)
        var answer: [UInt8] = []
        while try receive({ answer += $0[$1] }) == 0 {}
        guard answer.count >= 5 else { throw unexpected("an answer without a message") }
        return Array(answer[5...])
    }

    /// Sends a call once and gives its stream; nil where the server takes no more until it has been heard.
    func begin(_ call: GRPCCall) throws(PeerFailure) -> UInt32? {
        guard window >= call.dataSize else { return nil }
        try send(call, times: 1)
        return nextStream - 2
    }

    /// Sends a call so many times, with one write.
    @inline(__always)
    func send(_ call: GRPCCall, times: Int) throws(PeerFailure) {
        precondition(call.dataSize * times <= 65_535, "\(times) calls of \(call.dataSize) bytes")
        while window < call.dataSize * times { _ = try receive { _, _ in } }
        batch.removeAll(keepingCapacity: true)
        if !owed.isEmpty { swap(&batch, &owed) }
        for _ in 0..<times {
            guard nextStream < 0x7FFF_FFFF else {
                throw .disconnected(server: connection.server, why: "its streams are used up")
            }
            call.append(to: &batch, stream: nextStream)
            nextStream += 2
        }
        window -= call.dataSize * times
        try connection.send(batch, count: batch.count)
    }

    /// Receives what is there, gives each piece of a message to `take`, and says how many calls have ended.
    @inline(__always)
    func receive(_ take: ([UInt8], Range<Int>) -> Void) throws(PeerFailure) -> Int {
        var ended = 0
        try receiveEvents { event throws(PeerFailure) in
            switch event {
            case .piece(_, let part):
                take(buffer, part)
                messages += 1
            case .ended(_, let part):
                try endCall(part)
                ended += 1
            case .reset: throw unexpected("a call was reset")
            }
        }
        return ended
    }

    /// Receives what is there, and gives what happened to calls: where it stands is in ``bytes``.
    @inline(__always)
    func receiveEvents(
        _ take: (GRPCEvent) throws(PeerFailure) -> Void
    ) throws(PeerFailure) {
        filled += try connection.receive(into: &buffer, from: filled)
        var position = 0
        while filled - position >= GRPCCall.frameHead {
            let length =
                Int(buffer[position]) << 16 | Int(buffer[position + 1]) << 8
                | Int(buffer[position + 2])
            guard length <= buffer.count - GRPCCall.frameHead else {
                throw unexpected("a frame of \(length) bytes")
            }
            let start = position + GRPCCall.frameHead
            guard filled >= start + length else { break }
            let event = try read(
                buffer[position + 3], flags: buffer[position + 4], start..<(start + length))
            if let event { try take(event) }
            position = start + length
        }
        // Less than a frame: nothing, mostly.
        for index in position..<filled { buffer[index - position] = buffer[index] }
        filled -= position
    }

    /// What a frame says of a call; nil where it says nothing, and of those that are about the connection,
    /// which are taken here.
    @inline(__always)
    private func read(
        _ kind: UInt8, flags: UInt8, _ part: Range<Int>
    ) throws(PeerFailure) -> GRPCEvent? {
        let frame = HTTP2Frame(rawValue: kind)
        if frame == .data || frame == .headers { answered += GRPCCall.frameHead + part.count }
        switch frame {
        case .data:
            guard flags & HTTP2Flag.padded == 0 else { throw unexpected("a padded frame") }
            noteReceived(part.count)
            return .piece(stream(of: part), part)
        case .headers:
            guard flags & HTTP2Flag.endHeaders != 0 else { throw unexpected("headers in parts") }
            return flags & HTTP2Flag.endStream == 0 ? nil : .ended(stream(of: part), part)
        case .reset: return .reset(stream(of: part))
        case .settings where flags & HTTP2Flag.acknowledges == 0:
            owed += GRPCCall.head(.settings, flags: HTTP2Flag.acknowledges, length: 0)
        case .ping where flags & HTTP2Flag.acknowledges == 0:
            owed += GRPCCall.head(.ping, flags: HTTP2Flag.acknowledges, length: part.count)
            owed += buffer[part]
        case .windowUpdate:
            if stream(of: part) == 0 { window += Int(Self.number(buffer, at: part.lowerBound)) }
        case .goAway: throw .disconnected(server: connection.server, why: "it said goodbye")
        case .settings, .ping, .priority, nil: break
        }
        return nil
    }

    /// The stream of the frame whose content this is: what its head ends in.
    @inline(__always)
    private func stream(of part: Range<Int>) -> UInt32 {
        Self.number(buffer, at: part.lowerBound - 4) & 0x7FFF_FFFF
    }

    /// Looks at what ends a call.
    @inline(__always)
    private func endCall(_ part: Range<Int>) throws(PeerFailure) {
        guard messages > 0 else { throw unexpected(text(part)) }
        messages -= 1
        if let success {
            guard buffer[part].elementsEqual(success) else { throw unexpected(text(part)) }
        } else {
            success = Array(buffer[part])
        }
    }

    private func noteReceived(_ count: Int) {
        untold += count
        guard untold > Self.patience else { return }
        owed += Self.windowUpdate(UInt32(untold))
        untold = 0
    }

    /// What can be read of a part.
    private func text(_ part: Range<Int>) -> String {
        let printed = buffer[part].filter { (0x20...0x7E).contains($0) }
        return "a call failed: \(String(decoding: printed, as: UTF8.self))"
    }

    private func unexpected(_ answer: String) -> PeerFailure {
        .unexpected(server: connection.server, answer: answer)
    }

    private static func windowUpdate(_ more: UInt32) -> [UInt8] {
        GRPCCall.head(.windowUpdate, flags: 0, length: 4) + bytes(more)
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * $0)) }
    }

    private static func number(_ bytes: [UInt8], at place: Int) -> UInt32 {
        bytes[place..<(place + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
