import Network
import ShenRing
import StateMachines

/// The way from this node to another one.
struct PeerLink {
    enum Stage {
        /// There is no connection, and none is being made: the peer is one that calls.
        case idle
        /// The peer is called again when a timer comes.
        case resting
        case calling(ConnectionID)
        case open(ConnectionID, since: Moment)
    }

    let node: NodeID
    /// Where to call it; nil for one that calls.
    var address: Address?
    var stage = Stage.idle
    /// Attempts in a row after which there was no connection for long.
    var failures = 0
    /// Whether it has no room; what is for it is dropped until it has.
    var isFull = false

    /// What leaves with the next frame.
    var outgoing = WireWriter()
    /// How many messages that is.
    var messages = 0
    /// Whether it is among those to be sent to at the end of the turn.
    var isAwaited = false

    init(_ node: NodeID, at address: Address?) {
        self.node = node
        self.address = address
    }

    /// The connection that messages leave on.
    var connection: ConnectionID? {
        if case .open(let connection, _) = stage { connection } else { nil }
    }

    /// Forgets what has not left. Says how many messages that was.
    mutating func drop() -> UInt64 {
        defer {
            outgoing.truncate(to: 0)
            messages = 0
        }
        return UInt64(messages)
    }
}

/// The ways to all other nodes that this one knows: those that it calls, and those that have
/// called.
struct PeerTable {
    private(set) var links: [PeerLink] = []
    private var places: [NodeID: Int] = [:]
    /// Places of nodes that called and are gone.
    private var free: [Int] = []

    /// Who is at the other end of a connection; nil for one that has not said yet.
    private(set) var senders: [ConnectionID: NodeID] = [:]

    subscript(place: Int) -> PeerLink {
        _read { yield links[place] }
        _modify { yield &links[place] }
    }

    /// Where the link to a node stands.
    func place(of node: NodeID) -> Int? { places[node] }

    /// Where the link to a node stands, which is made where there is none.
    mutating func insert(_ node: NodeID, at address: Address?) -> Int {
        if let place = places[node] { return place }
        let place = free.popLast() ?? links.count
        if place == links.count {
            links.append(PeerLink(node, at: address))
        } else {
            links[place] = PeerLink(node, at: address)
        }
        places[node] = place
        return place
    }

    /// Forgets a node that called, and is gone.
    mutating func remove(_ place: Int) {
        precondition(links[place].address == nil, "\(links[place].node) is one that is called")
        places[links[place].node] = nil
        free.append(place)
    }

    mutating func bind(_ connection: ConnectionID, to node: NodeID) { senders[connection] = node }

    /// Forgets a connection. Says who was at its other end.
    mutating func unbind(_ connection: ConnectionID) -> NodeID? {
        senders.removeValue(forKey: connection)
    }
}
