import Network
import Shen
import ShenRing
import StateMachines

/// Frames that come.
extension NodeShell {
    @_specialize(where Machine == QuorumNode)
    @_specialize(where Machine == ChainNode)
    @_specialize(where Machine == Cartouche)
    @_specialize(where Machine == Sundial)
    @_specialize(where Machine == LogReplica<ChainNode>)
    @_specialize(where Machine == LogReplica<QuorumNode>)
    @_specialize(where Machine == KeyedClient<ChainMessage>)
    @_specialize(where Machine == KeyedClient<QuorumMessage>)
    mutating func received(
        _ frame: FrameHeader, _ payload: Bytes, from connection: ConnectionID,
        on loop: inout EventLoop
    ) {
        guard ending == nil else { return }
        guard let sender = peers.senders[connection] else {
            return takeGreeting(frame, payload, on: connection, of: &loop)
        }
        guard frame.kind == FrameKind.messages else {
            return refuse(connection, \.noFrames, on: &loop)
        }
        do throws(WireError) {
            try take(payload, from: sender, on: &loop)
        } catch {
            refuse(connection, Self.count(of: error), on: &loop)
        }
    }

    /// Has the machine absorb the messages of a frame, one after the other, those before one that
    /// cannot be read too. What they lead to is settled at the turn's end.
    private mutating func take(
        _ payload: Bytes, from sender: NodeID, on loop: inout EventLoop
    ) throws(WireError) {
        try WireReader.read(payload) { (reader: inout WireReader) throws(WireError) in
            while !reader.isAtEnd {
                let message = try Machine.Message(from: &reader)
                statistics.received += 1
                isUnsettled = true
                step(on: &loop) { $0.absorb(message, from: sender, at: $1, into: &$2) }
            }
        }
    }

    /// Learns who has called.
    private mutating func takeGreeting(
        _ frame: FrameHeader, _ payload: Bytes, on connection: ConnectionID,
        of loop: inout EventLoop
    ) {
        guard frame.kind == FrameKind.greeting else {
            return refuse(connection, \.strangers, on: &loop)
        }
        let greeting: Greeting
        do throws(WireError) {
            greeting = try WireReader.read(payload) {
                (reader: inout WireReader) throws(WireError) in
                let greeting = try Greeting(from: &reader)
                try reader.end()
                return greeting
            }
        } catch {
            if case .version = error { return refuse(connection, \.otherVersion, on: &loop) }
            return refuse(connection, \.strangers, on: &loop)
        }
        guard greeting.receiver == options.id, greeting.sender != options.id else {
            return refuse(connection, \.strangers, on: &loop)
        }
        guard isProved(greeting.sender, on: connection, of: loop) else {
            return refuse(connection, \.impostors, on: &loop)
        }
        peers.bind(connection, to: greeting.sender)
        answer(greeting.sender, on: connection, of: &loop)
    }

    /// What is counted where a message cannot be read.
    private static func count(of error: WireError) -> WritableKeyPath<NodeStatistics, UInt64> {
        if case .version = error { \.otherVersion } else { \.malformed }
    }

    /// Counts what a connection did, and ends it.
    mutating func refuse(
        _ connection: ConnectionID, _ count: WritableKeyPath<NodeStatistics, UInt64>,
        on loop: inout EventLoop
    ) {
        statistics[keyPath: count] += 1
        loop.abort(connection)
    }
}
