import Network
import ShenRing
import StateMachines

/// Messages on their way out.
extension NodeShell {
    /// Puts a message behind those that leave for its receiver at the turn's end.
    mutating func send(
        _ message: Machine.Message, to receiver: NodeID, on loop: inout EventLoop
    ) {
        guard receiver != options.id else { return own.append(message) }
        guard let place = peers.place(of: receiver), peers[place].connection != nil else {
            return statistics.unreachable += 1
        }
        guard !peers[place].isFull else { return statistics.overflowed += 1 }
        let before = peers[place].outgoing.count
        message.encode(into: &peers[place].outgoing)
        let total = peers[place].outgoing.count
        guard total - before <= options.maximumFrame else {
            peers[place].outgoing.truncate(to: before)
            return statistics.tooLong += 1
        }
        if total > options.maximumFrame { startFrame(at: before, of: place, on: &loop) }
        peers[place].messages += 1
        guard !peers[place].isAwaited else { return }
        peers[place].isAwaited = true
        awaited.append(place)
    }

    /// Has what stands before a byte leave as a frame, and what stands behind it begin the next
    /// one.
    private mutating func startFrame(
        at byte: Int, of place: Int, on loop: inout EventLoop
    ) {
        let rest = Array(peers[place].outgoing.bytes[byte...])
        peers[place].outgoing.truncate(to: byte)
        flush(place, on: &loop)
        peers[place].outgoing = WireWriter(continuing: rest)
    }

    /// Has what was put together for a peer leave in one frame.
    mutating func flush(_ place: Int, on loop: inout EventLoop) {
        guard peers[place].messages > 0 else { return }
        guard let connection = peers[place].connection else {
            return statistics.unreachable += peers[place].drop()
        }
        let count = UInt64(peers[place].messages)
        let outcome = say(FrameKind.messages, peers[place].outgoing, on: connection, of: &loop)
        let dropped = peers[place].drop()
        switch outcome {
        case .queued:
            statistics.sent += count
            statistics.framesSent += 1
        case .full:
            peers[place].isFull = true
            statistics.overflowed += dropped
        case .closed:
            statistics.unreachable += dropped
        }
    }

    private func say(
        _ kind: UInt8, _ payload: borrowing WireWriter, on connection: ConnectionID,
        of loop: inout EventLoop
    ) -> SendOutcome {
        let bytes = payload.bytes
        return loop.send(kind: kind, bytes.span, to: connection)
    }

    /// Says who calls.
    func greet(_ node: NodeID, on connection: ConnectionID, of loop: inout EventLoop) {
        var writer = WireWriter()
        writer.write(Greeting(from: options.id, to: node))
        // A connection that was just made has room, or has ended and says so next.
        _ = say(FrameKind.greeting, writer, on: connection, of: &loop)
    }

    mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop) {
        guard let node = peers.senders[connection], let place = peers.place(of: node),
            peers[place].connection == connection
        else { return }
        peers[place].isFull = false
    }
}
