import Glibc
import Hardware

/// A ZooKeeper ensemble of the suite's own on loopback, configured as its authors have it: every server
/// syncs its log before it says that it has a change (`forceSync`).
///
/// It lets everybody in who can reach its ports: whoever else is on the machine could. For as long as
/// it lives it holds nothing but what a benchmark put there.
public final class ZooKeeperEnsemble {
    /// The Debian package.
    public static let package = "zookeeper"

    /// What is to be there: a virtual machine of Java, and the classes, which name others that they need.
    public static var installed: (java: String, classes: String)? {
        let classes = "/usr/share/java/zookeeper.jar"
        // SAFETY: the kernel reads the path during the call.
        guard let java = ProgramSearch.first("java"), unsafe access(classes, R_OK) == 0 else {
            return nil
        }
        return (java, classes)
    }

    /// Writes what goes wrong to the log, which is nowhere unless a logger is named. The package depends
    /// on the one that this belongs to.
    private static let logger = "/usr/share/java/slf4j-simple.jar"

    /// Where the servers listen for clients.
    public let endpoints: [Endpoint]
    /// Which of them leads.
    public private(set) var leader = 0
    /// The version and the options that matter.
    public private(set) var facts: [String] = []
    /// The processes and their directories.
    public let servers: [GuardedServer]

    /// Starts `members` below `directory`, which exists, on `units` or wherever this thread may run, and
    /// waits until they have a leader.
    ///
    /// - Throws: `notInstalled`, `died` with the end of a server's log, `silent` without a leader, and
    ///   others.
    public init(
        below directory: String, members: Int, units: CPUSet = [],
        program: (java: String, classes: String)? = ZooKeeperEnsemble.installed
    ) throws(PeerFailure) {
        precondition((1...9).contains(members), "an ensemble of \(members) servers")
        guard let program else {
            throw .notInstalled(
                program: "zookeeper", package: Self.package,
                places: "/usr/share/java, and java in "
                    + ProgramSearch.directories.joined(separator: ", "))
        }
        let ports = try SocketAddress.freePorts(3 * members)
        endpoints = (0..<members).map { .tcp(ports[3 * $0]) }
        let list = (0..<members).map {
            "server.\($0 + 1)=127.0.0.1:\(ports[3 * $0 + 1]):\(ports[3 * $0 + 2])"
        }
        var servers: [GuardedServer] = []
        for number in 0..<members {
            let home = try ServerHome(below: directory, name: "zookeeper-\(number)", user: nil)
            do throws(PeerFailure) {
                try home.write(
                    "zoo.cfg", Self.configuration(ports[3 * number], members > 1 ? list : [], home),
                    for: nil)
                try home.write("myid", "\(number + 1)\n", for: nil)
            } catch {
                home.remove()
                throw error
            }
            let order = ServerOrder(
                programs: [
                    [
                        program.java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp", "\(program.classes):\(Self.logger)",
                        "org.apache.zookeeper.server.quorum.QuorumPeerMain", "./zoo.cfg",
                    ]
                ],
                removed: [home.data, home.sockets], log: home.log, directory: home.data,
                stopSignal: SIGKILL, units: units)
            servers.append(try GuardedServer(order, name: "zookeeper", home: home))
        }
        self.servers = servers
        try findLeader()
    }

    /// Ends all servers.
    public func stop() { for server in servers { server.stop() } }

    /// A client of the server that leads, which needs the fewest messages for a write.
    public func client(
        _ operation: ZooKeeperClient.Operation, of path: String, pipeline: Int
    ) throws(PeerFailure) -> ZooKeeperClient {
        try ZooKeeperClient(operation, of: path, at: endpoints[leader], pipeline: pipeline)
    }

    /// What is said differs from the defaults only in that the sessions of clients that wait for their
    /// turn stay, that there is no limit of 60 clients of one machine, and no page for administrators.
    private static func configuration(
        _ port: UInt16, _ servers: [String], _ home: ServerHome
    ) -> String {
        // In a file of properties a backslash stands for what follows it.
        let path = String(home.data.flatMap { $0 == "\\" ? [$0, $0] : [$0] })
        let lines =
            [
                "tickTime=2000", "initLimit=10", "syncLimit=5", "dataDir=\(path)",
                "clientPort=\(port)",
                "clientPortAddress=127.0.0.1", "admin.enableServer=false", "maxClientCnxns=0",
                "maxSessionTimeout=\(ZooKeeperClient.session)",
            ] + servers
        return lines.joined(separator: "\n") + "\n"
    }

    /// Asks the servers what they are until one leads, and none is still looking for a leader.
    private func findLeader() throws(PeerFailure) {
        for _ in 0..<(GuardedServer.patience / 50) {
            var answers: [[Substring]] = []
            for (endpoint, server) in zip(endpoints, servers) {
                answers.append(
                    try server.answering { () throws(PeerFailure) in
                        try Self.state(of: endpoint).split(separator: "\n")
                    })
            }
            let modes = answers.map { lines in
                lines.first { $0.hasPrefix("Mode: ") }.map { String($0.dropFirst(6)) }
            }
            let leading = modes.firstIndex { $0 == "leader" || $0 == "standalone" }
            if let leading, !modes.contains(nil) {
                leader = leading
                let version = answers[leading][0].prefix { $0 != "," }
                facts = [
                    "\(version)", "\(servers.count) servers", "forceSync",
                    "clients at the leader",
                ]
                return
            }
            usleep(50_000)
        }
        throw .silent(
            program: "zookeeper", milliseconds: GuardedServer.patience,
            log: servers[0].home.endOfLog())
    }

    /// What a server says to `srvr`, the only one of the words of four letters that is let through
    /// unless more is configured.
    private static func state(of endpoint: Endpoint) throws(PeerFailure) -> String {
        let connection = try SocketConnection(to: endpoint, server: "zookeeper")
        try connection.send(Array("srvr".utf8), count: 4)
        var bytes = [UInt8](repeating: 0, count: 4096)
        var filled = 0
        do throws(PeerFailure) {
            while filled < bytes.count {
                filled += try connection.receive(into: &bytes, from: filled)
                // Its last line, or all that a server says that serves nobody yet.
                let text = String(decoding: bytes[..<filled], as: UTF8.self)
                if text.contains("Node count") || text.contains("not currently serving") { break }
            }
        } catch {
            // It closes the connection when it has said all.
            guard filled > 0 else { throw error }
        }
        return String(decoding: bytes[..<filled], as: UTF8.self)
    }
}
