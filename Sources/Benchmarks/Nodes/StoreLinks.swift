import Network
import Randomness
import StateMachines

/// The links between the servers of a store, and between them and clients, which are one machine more:
/// a relay, since all of them are processes of one.
final class StoreLinks {
    /// What makes them.
    let relay: RunningRelay
    private let servers: [NodeID]
    /// Where the clients stand.
    private let clients: NodeID
    private let addresses: [String]

    /// Links of these conditions between servers at these addresses.
    ///
    /// - Parameter host: this machine as servers see it; nil for loopback.
    init(
        _ conditions: LinkConditions, between addresses: [String], at host: String?, seed: Seed
    ) throws {
        self.addresses = addresses
        servers = addresses.indices.map(NodeID.init(place:))
        clients = NodeID(place: addresses.count)
        var targets: [NodeID: Address] = [:]
        for (server, text) in zip(servers, addresses) {
            targets[server] = try Address(parsing: text)
        }
        var calls: [Link] = []
        for server in servers {
            for caller in servers + [clients] where caller != server {
                calls.append(Link(from: caller, to: server))
            }
        }
        var plan = RelayPlan(
            targets: targets, calls: calls, conditions: conditions, seed: seed)
        if let host { plan.listening = try Address(parsing: "\(host):0").host }
        relay = try RunningRelay(plan)
    }

    /// Where a server listens, and where it is to call the others, by their numbers.
    func members(seenBy server: Int) -> [String] {
        servers.map { other in
            other == servers[server]
                ? addresses[server]
                : "\(relay.address(of: Link(from: servers[server], to: other)))"
        }
    }

    /// Where clients are to call servers, by their numbers.
    var membersSeenByClients: [String] {
        servers.map { "\(relay.address(of: Link(from: clients, to: $0)))" }
    }

    /// Cuts a server off from all others, and from clients.
    func cut(_ server: Int, _ direction: StoreFault.Direction) {
        relay.cut(links(of: server, direction))
    }

    /// Takes a cut back.
    func heal(_ server: Int, _ direction: StoreFault.Direction) {
        relay.heal(links(of: server, direction))
    }

    /// Ends all connections of a server.
    func reset(_ server: Int) { relay.reset(links(of: server, .both)) }

    /// What the relay did so far.
    var statistics: RelayStatistics { relay.statistics }

    /// Looks whether there are links still.
    ///
    /// - Throws: `RelayFailure` where the relay has ended by itself.
    func check() throws(RelayFailure) {
        if let failure = relay.failure { throw failure }
    }

    /// Ends it.
    func stop() { relay.stop() }

    /// The links from a server, or to it, or both.
    func links(of server: Int, _ direction: StoreFault.Direction) -> [Link] {
        let others = (servers + [clients]).filter { $0 != servers[server] }
        let out = others.map { Link(from: servers[server], to: $0) }
        switch direction {
        case .out: return out
        case .in: return out.map(\.reversed)
        case .both: return out + out.map(\.reversed)
        }
    }
}
