import Cluster
import Network
import Randomness
import StateMachines

/// A server of a replicated store that is this process's work.
public final class NodeService: Sendable {
    private let server: any RunningServer

    /// Where it listens.
    public let address: String

    /// Starts it, and waits until it has read its records and listens.
    ///
    /// - Parameter roleChanged: called with the name of what the server does now (`leader`, `follower`,
    ///   `candidate`, `waiting`, `head`, `middle`, `tail`, `joiner`, `outside`) and the number of the
    ///   decision that it does so by, on the server's own thread.
    ///
    /// - Throws: `NodeRefusal` for a request that cannot be met, `NodeFailure` where the server cannot
    ///   begin.
    public init(
        _ request: NodeRequest, seed: Seed, roleChanged: @escaping @Sendable (String) -> Void
    ) throws {
        let server = try StoreServer.start(request.plan(seed: seed)) { roleChanged("\($0)") }
        self.server = server
        address = server.address.map { "\($0)" } ?? ""
    }

    /// Has it call a member elsewhere from now on, as a line `NUMBER ADDRESS` says. Any thread may.
    ///
    /// - Throws: `NodeRefusal` where it says something else.
    public func introduce(_ line: String) throws(NodeRefusal) {
        let words = line.split(separator: " ")
        guard words.count == 2, let number = UInt32(words[0]),
            let address = try? Address(parsing: String(words[1]))
        else {
            throw NodeRefusal("read '\(line)', expected NUMBER ADDRESS, as in 1 127.0.0.1:7101")
        }
        server.introduce(NodeID(number), at: address)
    }

    /// What it could not send so far. Any thread may ask.
    public var dropped: DroppedMessages { DroppedMessages(server.statistics) }

    /// Has it end in order. Any thread may.
    public func stop() { server.stop(abruptly: false) }

    /// Waits until it has ended.
    ///
    /// - Throws: `NodeFailure` where it ended by itself.
    public func wait() throws { try server.wait() }
}
