import Glibc
import Hardware

/// An etcd cluster of the suite's own on loopback, or on a network that is the suite's as well, configured
/// as its authors have it: every member writes its log to its own directory and syncs it before it answers.
///
/// It lets everybody in who can reach its ports: whoever else is on the machine could, unless it has a
/// network of its own. For as long as it lives it holds nothing but what a benchmark put there.
///
/// For one thread at a time.
public final class EtcdCluster {
    /// The Debian package.
    public static let package = "etcd-server"

    /// The path of the program; `nil` where it is not installed.
    public static var installed: String? { ProgramSearch.first("etcd") }

    /// Where the members listen for clients: each in its own place where the cluster has a network.
    public let endpoints: [Endpoint]
    /// Which of them led when this was asked for last.
    public private(set) var leader = 0
    /// The version and the options that matter.
    public private(set) var facts: [String] = []
    /// The members' processes and directories.
    public let servers: [GuardedServer]
    /// What the members can be cut off from each other on; nil where they are on loopback.
    public let network: SwitchedNetwork?
    /// How its members hold elections.
    public let timing: EtcdTiming

    /// Starts `members` below `directory`, which exists, on `units` or wherever this thread may run, and
    /// waits until they have a leader.
    ///
    /// - Parameter network: with a place for each member, which it then lives in, clients and all.
    /// - Throws: `notInstalled`, `died` with the end of a member's log, `silent` without a leader, and
    ///   others.
    public init(
        below directory: String, members: Int, units: CPUSet = [],
        timing: EtcdTiming = EtcdTiming(),
        network: SwitchedNetwork? = nil, program: String? = EtcdCluster.installed
    ) throws(PeerFailure) {
        precondition((1...9).contains(members), "a cluster of \(members) members")
        precondition(network.map { $0.count >= members } ?? true, "a network without places")
        guard let program else {
            throw .notInstalled(
                program: "etcd", package: Self.package,
                places: ProgramSearch.directories.joined(separator: ", "))
        }
        let places = try EtcdPlace.places(members, on: network)
        let cluster = places.enumerated().map { "m\($0)=\($1.forPeers)" }.joined(separator: ",")
        // Clusters on the same machine are told apart by it.
        let token = "nilometer-\(getpid())-\(places[0].port)"
        endpoints = places.map { .tcp($0.port) }
        (self.network, self.timing) = (network, timing)
        var servers: [GuardedServer] = []
        for (number, place) in places.enumerated() {
            let home = try ServerHome(below: directory, name: "etcd-\(number)", user: nil)
            var words = [program, "--name", "m\(number)", "--data-dir", "\(home.data)/data"]
            words += place.options + timing.options
            words += [
                "--initial-cluster", cluster, "--initial-cluster-state", "new",
                "--initial-cluster-token", token,
            ]
            let order = ServerOrder(
                programs: [words], removed: [home.data, home.sockets], log: home.log,
                directory: home.data, stopSignal: SIGKILL, units: units)
            servers.append(
                try Self.visit(network, number) { () throws(PeerFailure) in
                    try GuardedServer(order, name: "etcd", home: home)
                })
        }
        self.servers = servers
        try findLeader()
    }

    /// Ends all members.
    public func stop() { for server in servers { server.stop() } }

    /// A client of the member that led when the cluster was started, which is who etcd's documentation
    /// measures; every other one passes writes on.
    public func client(
        _ operation: EtcdClient.Operation, of key: String, pipeline: Int
    ) throws(PeerFailure) -> EtcdClient {
        try EtcdClient(operation, of: key, at: endpoints[leader], pipeline: pipeline)
    }

    /// A client of that member for a lock of this name.
    public func lockClient(_ name: String, order: LockOrder) throws(PeerFailure) -> EtcdLockClient {
        try EtcdLockClient(name, order: order, at: endpoints[leader])
    }

    /// A connection to a member, made in its place.
    func connection(to member: Int) throws(PeerFailure) -> SocketConnection {
        try Self.visit(network, member) { () throws(PeerFailure) in
            try SocketConnection(to: endpoints[member], server: "etcd")
        }
    }

    /// Asks a member something and waits for the answer, 20 s at most.
    ///
    /// - Throws: `disconnected`, or `unexpected` where it fails.
    func ask(_ member: Int, _ request: EtcdRequest) throws(PeerFailure) -> [UInt8] {
        try GRPCConnection(try connection(to: member)).ask(request.call(at: endpoints[member]))
    }

    /// Asks the members for their state until all of them name the same leader, which ``leader`` is then.
    ///
    /// - Throws: `died` where a member does not run, `silent` where they do not agree in time.
    public func findLeader() throws(PeerFailure) {
        for _ in 0..<(GuardedServer.patience / 20) {
            var states: [EtcdStatus] = []
            for (member, server) in servers.enumerated() {
                states.append(
                    try server.answering { () throws(PeerFailure) in
                        EtcdStatus(try ask(member, .status))
                    })
            }
            let named = states[0].leader
            if named != 0, states.allSatisfy({ $0.leader == named }),
                let place = states.firstIndex(where: { $0.member == named })
            {
                leader = place
                facts = [
                    "etcd \(states[0].version)", "\(servers.count) members",
                    "each synced before it answers",
                ]
                return
            }
            usleep(20_000)
        }
        throw .silent(
            program: "etcd", milliseconds: GuardedServer.patience, log: servers[0].home.endOfLog())
    }

    private static func visit<Result>(
        _ network: SwitchedNetwork?, _ place: Int, _ body: () throws(PeerFailure) -> Result
    ) throws(PeerFailure) -> Result {
        guard let network else { return try body() }
        return try network.visit(place, body)
    }
}

/// How members of etcd notice that a leader is gone.
public struct EtcdTiming: Hashable, Sendable {
    /// How often a leader is heard of, in milliseconds.
    public var heartbeat: Int
    /// How long a member hears of no leader before it stands for election, in milliseconds, at least: by
    /// chance up to twice as long, so that not all stand at once.
    public var election: Int

    /// That of etcd's authors unless said otherwise: 100 ms and 1000 ms.
    ///
    /// - Precondition: an election takes five heartbeats at least, and 50 s at most, as etcd has it.
    public init(heartbeat: Int = 100, election: Int = 1000) {
        precondition(
            heartbeat > 0 && election >= 5 * heartbeat && election <= 50_000,
            "heartbeats every \(heartbeat) ms and elections after \(election) ms")
        (self.heartbeat, self.election) = (heartbeat, election)
    }

    var options: [String] {
        ["--heartbeat-interval", "\(heartbeat)", "--election-timeout", "\(election)"]
    }
}

/// Where a member of etcd listens.
private struct EtcdPlace {
    /// Where clients reach it on its own loopback.
    let port: UInt16
    /// Where the others reach it.
    let forPeers: String

    /// So many places: on ports of loopback that were free a moment ago, or on a network where all of
    /// them are.
    static func places(
        _ count: Int, on network: SwitchedNetwork?
    ) throws(PeerFailure) -> [EtcdPlace] {
        if let network {
            return (0..<count).map {
                EtcdPlace(port: 2379, forPeers: "http://\(network.address(of: $0)):2380")
            }
        }
        let ports = try SocketAddress.freePorts(2 * count)
        return (0..<count).map {
            EtcdPlace(port: ports[2 * $0], forPeers: "http://127.0.0.1:\(ports[2 * $0 + 1])")
        }
    }

    var options: [String] {
        let forClients = "http://127.0.0.1:\(port)"
        return [
            "--listen-client-urls", forClients, "--advertise-client-urls", forClients,
            "--listen-peer-urls", forPeers, "--initial-advertise-peer-urls", forPeers,
        ]
    }
}
