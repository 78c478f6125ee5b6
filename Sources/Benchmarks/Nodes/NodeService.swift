import Cluster
import Network
import PeerServers
import Randomness
import ShenRing
import StateMachines

/// A server of a replicated store or log, or a member of a token ring or of a cluster that gossips, that is this
/// process's work.
public final class NodeService: Sendable {
    private let server: any RunningServer

    /// Where it listens.
    public let address: String

    /// Starts it, and waits until it has read its records and listens.
    ///
    /// - Parameter roleChanged: called with the name of what the server does now (`leader`, `follower`,
    ///   `candidate`, `waiting`, `head`, `middle`, `tail`, `joiner`, `outside`) and the number of the
    ///   decision that it does so by, on the server's own thread.
    /// - Parameter noted: called there as well, with a line of what a contender for a token had, when that is
    ///   over, or what a member holds another one for from now on.
    ///
    /// - Throws: `NodeRefusal` for a request that cannot be met, `NodeFailure` where the server cannot
    ///   begin.
    public init(
        _ request: NodeRequest, seed: Seed, roleChanged: @escaping @Sendable (String) -> Void,
        noted: @escaping @Sendable (_ line: String) -> Void
    ) throws {
        switch request.replication {
        case NodeRequest.token:
            let (plan, contenders) = try request.tokenPlan(seed: seed)
            var application = TokenContender { noted($0.line) }
            let wants = application.begin(wanting: contenders)
            let member = try TokenServer.start(plan, application: application)
            for want in wants { member.ask(want) }
            server = member
        case NodeRequest.gossip:
            server = try GossipServer.start(
                request.gossipPlan(seed: seed),
                application: EventSink { event, now in
                    guard case .changed(let node, let state) = event else { return }
                    noted(NodeSighting(node: node.place, status: state, since: now).line)
                })
        default:
            let plan = try request.plan(seed: seed)
            server =
                request.isLog
                ? try LogServer(plan) { roleChanged("\($0)") }
                : try StoreServer.start(plan) { roleChanged("\($0)") }
        }
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

extension NodeSighting {
    /// What a member holds another one for since `moment`.
    fileprivate init(node: Int, status: MemberState, since moment: Moment) {
        self.init(
            node: node, status: status.status.map { "\($0)" } ?? "unknown",
            since: moment.nanoseconds)
    }
}
