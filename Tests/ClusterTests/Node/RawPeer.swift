import Network
import ShenRing
import StateMachines

@testable import Cluster

/// Somebody at the other end of a connection who keeps to no protocol.
struct RawPeer: NetworkHandler, ~Copyable {
    private(set) var isConnected = false
    private(set) var closure: ClosureReason?
    private var connection: ConnectionID?

    mutating func connected(_ connection: ConnectionID, on loop: inout EventLoop) {
        isConnected = true
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
    ) {
        closure = reason
    }

    /// Connects to a node and says what `body` says, on a connection that `body` is given.
    ///
    /// - Parameter content: frames of a cluster, or bytes.
    init(
        to address: Address, _ content: ConnectionOptions.Content, on loop: inout EventLoop,
        _ body: (ConnectionID, inout EventLoop) -> Void
    ) throws(NetworkError) {
        let connection = try loop.connect(
            to: address, options: ConnectionOptions(content: content))
        self.connection = connection
        while !isConnected && closure == nil { try loop.turn(&self) }
        body(connection, &loop)
    }

    /// Waits until the other end has ended the connection.
    mutating func awaitClosure(on loop: inout EventLoop) throws(NetworkError) {
        while closure == nil { try loop.turn(&self) }
    }

    /// Has what was said leave.
    mutating func flush(on loop: inout EventLoop) throws(NetworkError) {
        guard let connection else { return }
        while loop.unsent(on: connection) ?? 0 > 0 { try loop.turn(&self) }
    }

    /// Frames of this cluster.
    static func frames(of cluster: ClusterID) -> ConnectionOptions.Content {
        .frames(FrameLimits(), cluster: ClusterTag(cluster.rawValue))
    }
}
