import Glibc
import Hardware

/// An etcd cluster of the suite's own on loopback, configured as its authors have it: every member writes
/// its log to its own directory and syncs it before it answers.
///
/// It lets everybody in who can reach its ports: whoever else is on the machine could. For as long as
/// it lives it holds nothing but what a benchmark put there.
public final class EtcdCluster {
    /// The Debian package.
    public static let package = "etcd-server"

    /// The path of the program; `nil` where it is not installed.
    public static var installed: String? { ProgramSearch.first("etcd") }

    /// Where the members listen for clients.
    public let endpoints: [Endpoint]
    /// Which of them leads.
    public private(set) var leader = 0
    /// The version and the options that matter.
    public private(set) var facts: [String] = []
    /// The members' processes and directories.
    public let servers: [GuardedServer]

    /// Starts `members` below `directory`, which exists, on `units` or wherever this thread may run, and
    /// waits until they have a leader.
    ///
    /// - Throws: `notInstalled`, `died` with the end of a member's log, `silent` without a leader, and
    ///   others.
    public init(
        below directory: String, members: Int, units: CPUSet = [],
        program: String? = EtcdCluster.installed
    ) throws(PeerFailure) {
        precondition((1...9).contains(members), "a cluster of \(members) members")
        guard let program else {
            throw .notInstalled(
                program: "etcd", package: Self.package,
                places: ProgramSearch.directories.joined(separator: ", "))
        }
        let ports = try SocketAddress.freePorts(2 * members)
        let places = (0..<members).map { (client: ports[2 * $0], peer: ports[2 * $0 + 1]) }
        let cluster = places.enumerated()
            .map { "m\($0)=http://127.0.0.1:\($1.peer)" }.joined(separator: ",")
        let token = "nilometer-\(ports[0])"
        endpoints = places.map { .tcp($0.client) }
        var servers: [GuardedServer] = []
        for (number, place) in places.enumerated() {
            let home = try ServerHome(below: directory, name: "etcd-\(number)", user: nil)
            let order = ServerOrder(
                programs: [
                    Self.command(program, number, place, cluster, token, home)
                ],
                removed: [home.data, home.sockets], log: home.log, directory: home.data,
                stopSignal: SIGKILL, units: units)
            servers.append(try GuardedServer(order, name: "etcd", home: home))
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

    private static func command(
        _ program: String, _ number: Int, _ place: (client: UInt16, peer: UInt16),
        _ cluster: String, _ token: String, _ home: ServerHome
    ) -> [String] {
        let forClients = "http://127.0.0.1:\(place.client)"
        let forPeers = "http://127.0.0.1:\(place.peer)"
        return [
            program, "--name", "m\(number)", "--data-dir", "\(home.data)/data",
            "--listen-client-urls", forClients, "--advertise-client-urls", forClients,
            "--listen-peer-urls", forPeers, "--initial-advertise-peer-urls", forPeers,
            "--initial-cluster", cluster, "--initial-cluster-state", "new",
            "--initial-cluster-token", token,
        ]
    }

    /// Asks the members for their state until all of them name the same leader.
    private func findLeader() throws(PeerFailure) {
        for _ in 0..<(GuardedServer.patience / 20) {
            var states: [State] = []
            for (endpoint, server) in zip(endpoints, servers) {
                states.append(
                    try server.answering { () throws(PeerFailure) in try State(of: endpoint) })
            }
            let named = states[0].leader
            if named != 0, states.allSatisfy({ $0.leader == named }),
                let place = states.firstIndex(where: { $0.member == named })
            {
                leader = place
                facts = [
                    "etcd \(states[0].version)", "\(servers.count) members",
                    "each synced before it answers", "clients at the leader",
                ]
                return
            }
            usleep(20_000)
        }
        throw .silent(
            program: "etcd", milliseconds: GuardedServer.patience, log: servers[0].home.endOfLog())
    }

    /// What a member says of itself (`etcdserverpb.Maintenance/Status`).
    private struct State {
        let member: UInt64
        let leader: UInt64
        let version: String

        init(of endpoint: Endpoint) throws(PeerFailure) {
            let wire = try GRPCConnection(try SocketConnection(to: endpoint, server: "etcd"))
            let answer = try wire.ask(
                GRPCCall(
                    "/etcdserverpb.Maintenance/Status", authority: "\(endpoint)", message: []))
            var (member, leader, version): (UInt64, UInt64, String) = (0, 0, "")
            var fields = ProtobufReader(answer, in: 0..<answer.count)
            while let (number, value) = fields.next() {
                switch (number, value) {
                case (1, .string(let part)):
                    var header = ProtobufReader(answer, in: part)
                    member = header.first(2)?.number ?? 0
                case (2, .string(let part)):
                    version = String(decoding: answer[part], as: UTF8.self)
                case (4, .number(let number)): leader = number
                default: continue
                }
            }
            (self.member, self.leader, self.version) = (member, leader, version)
        }
    }
}
