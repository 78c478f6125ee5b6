import Glibc
import Hardware

/// A PostgreSQL of the suite's own: a cluster made for it in a directory of its own, which nothing of
/// the system's knows. As root it runs as the user `postgres` or `nobody`, since it refuses root.
public final class PostgresServer {
    /// The Debian package.
    public static let package = "postgresql"
    /// The superuser of the cluster.
    static let role = "nilometer"

    /// Where the programs of one version are.
    public struct Installation: Hashable, Sendable {
        /// The directory with `postgres` and `initdb`.
        public let directory: String

        /// The programs in `directory`; `nil` where one is missing.
        public init?(directory: String) {
            for program in ["postgres", "initdb"]
            where ProgramSearch.first(program, in: [directory]) == nil { return nil }
            self.directory = directory
        }
    }

    /// The newest that is installed, where Debian has it or where programs usually are; `nil` where
    /// there is none.
    public static var installed: Installation? {
        let root = "/usr/lib/postgresql"
        let versions = ProgramSearch.names(in: root).sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
        return (versions.map { "\(root)/\($0)/bin" } + ProgramSearch.directories)
            .lazy.compactMap { Installation(directory: $0) }.first
    }

    /// Where it listens.
    public let endpoint: Endpoint
    /// The version and the options that matter, as the server itself gives them.
    public private(set) var facts: [String] = []
    /// The process and its directories.
    public let server: GuardedServer
    private let password: String

    /// Makes a cluster below `directory`, which exists, and starts it on `units` or wherever this
    /// thread may run. Takes one to three seconds.
    ///
    /// - Parameters:
    ///   - connections: how many clients it has to serve.
    ///   - installation: the programs; those that are installed by default.
    ///   - port: the port to listen at; one that is free by default.
    /// - Throws: `notInstalled`, `noUser`, `notEntered`, `died` with the end of its log, and others.
    public init(
        below directory: String, transport: Transport, connections: Int = 8, units: CPUSet = [],
        installation: Installation? = PostgresServer.installed, port: UInt16? = nil
    ) throws(PeerFailure) {
        guard let installation else {
            throw .notInstalled(
                program: "postgres", package: Self.package,
                places: "/usr/lib/postgresql/*/bin, "
                    + ProgramSearch.directories.joined(separator: ", "))
        }
        let user = try Self.user()
        let home = try ServerHome(below: directory, name: "postgres", user: user)
        password = Password.random()
        // Names the socket as well, so there is one for either transport.
        let number: UInt16
        do throws(PeerFailure) {
            number = transport == .tcp ? try SocketAddress.port(port) : 5432
            try home.write("password", password, for: user)
        } catch {
            home.remove()
            throw error
        }
        endpoint =
            transport == .tcp ? .tcp(number) : .unix("\(home.sockets)/.s.PGSQL.\(number)")
        let order = ServerOrder(
            programs: [
                Self.making(installation),
                Self.running(
                    installation, home, port: number, listens: transport == .tcp,
                    connections: connections),
            ],
            removed: [home.data, home.sockets], log: home.log, directory: home.data, user: user,
            stopSignal: SIGQUIT, units: units)
        server = try GuardedServer(order, name: "postgres", home: home)
        facts = try server.answering { () throws(PeerFailure) in try self.ask() }
    }

    /// A connection that has been let in.
    public func connection() throws(PeerFailure) -> PostgresConversation {
        try PostgresConversation(
            SocketConnection(to: endpoint, server: "postgres"), role: Self.role,
            password: password)
    }

    /// Ends it.
    public func stop() { server.stop() }

    /// Who it runs as: nobody else unless this process is root's.
    private static func user() throws(PeerFailure) -> ServerUser? {
        guard geteuid() == 0 else { return nil }
        let names = ["postgres", "nobody"]
        guard let user = ServerUser(firstOf: names) else {
            throw .noUser(program: "postgres", sought: names.joined(separator: ", "))
        }
        return user
    }

    /// Whoever can enter the socket's directory is let in; who comes over loopback needs the
    /// password. The new cluster is not synced by it, since no figure rests on what it holds; whoever
    /// measures has the filesystem settle before, see ``MeasuredFilesystem``.
    private static func making(_ installation: Installation) -> [String] {
        [
            "\(installation.directory)/initdb", "--pgdata=cluster", "--username=\(role)",
            "--auth-local=trust", "--auth-host=password", "--pwfile=password", "--encoding=UTF8",
            "--locale=C", "--no-sync",
        ]
    }

    /// Everything that is not said is as PostgreSQL has it: syncs and synchronous commits are on.
    private static func running(
        _ installation: Installation, _ home: ServerHome, port: UInt16, listens: Bool,
        connections: Int
    ) -> [String] {
        [
            "\(installation.directory)/postgres", "-D", "\(home.data)/cluster", "-k", home.sockets,
            "-p", "\(port)", "-c", "listen_addresses=\(listens ? "127.0.0.1" : "")", "-c",
            "max_connections=\(connections + 8)",
        ]
    }

    private func ask() throws(PeerFailure) -> [String] {
        let options = [
            "server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_sync_method",
            "commit_delay", "shared_buffers", "max_connections",
        ]
        let conversation = try connection()
        var facts: [String] = []
        for option in options {
            let value = try conversation.ask("SHOW \(option)").first ?? ""
            facts.append(
                option == "server_version" ? "PostgreSQL \(value)" : "\(option) \(value)")
        }
        return facts
    }
}
