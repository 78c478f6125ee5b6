import Glibc
import Hardware

/// A Redis of the suite's own, configured as its authors recommend for what is measured, and nothing
/// of the system's: its own directory, socket or port, and configuration.
public final class RedisServer {
    /// What Redis promises about a write that it has acknowledged.
    public enum Durability: String, CaseIterable, Sendable {
        /// Nothing: it is in memory.
        case memory
        /// In a file that is synced once a second by another thread.
        case everySecond = "everysec"
        /// In a file that was synced before the answer.
        case always
    }

    /// The Debian package.
    public static let package = "redis-server"

    /// The path of the program; `nil` where it is not installed.
    public static var installed: String? { ProgramSearch.first("redis-server") }

    /// Where it listens.
    public let endpoint: Endpoint
    /// The version and the options that matter, as the server itself gives them.
    public private(set) var facts: [String] = []
    /// The process and its directories.
    public let server: GuardedServer
    private let password: String

    /// Starts one below `directory`, which exists, on `units` or wherever this thread may run.
    ///
    /// - Parameters:
    ///   - program: the path of `redis-server`; the one that is installed by default.
    ///   - port: the port to listen at; one that is free by default.
    /// - Throws: `notInstalled`, `noUser`, `died` with the end of its log, and others.
    public init(
        below directory: String, transport: Transport, durability: Durability, units: CPUSet = [],
        program: String? = RedisServer.installed, port: UInt16? = nil
    ) throws(PeerFailure) {
        guard let program else {
            throw .notInstalled(
                program: "redis-server", package: Self.package,
                places: ProgramSearch.directories.joined(separator: ", "))
        }
        let home = try ServerHome(below: directory, name: "redis-\(durability.rawValue)", user: nil)
        password = Password.random()
        do throws(PeerFailure) {
            endpoint =
                switch transport {
                case .unix: .unix("\(home.sockets)/redis")
                case .tcp: .tcp(try SocketAddress.port(port))
                }
            try home.write(
                "redis.conf", Self.configuration(endpoint, durability, home, password), for: nil)
        } catch {
            home.remove()
            throw error
        }
        let order = ServerOrder(
            programs: [[program, "\(home.data)/redis.conf"]], removed: [home.data, home.sockets],
            log: home.log, directory: home.data, stopSignal: SIGKILL, units: units)
        server = try GuardedServer(order, name: "redis-server", home: home)
        facts = try server.answering { () throws(PeerFailure) in try self.ask() }
    }

    /// A connection that has been let in.
    public func connection() throws(PeerFailure) -> RedisConversation {
        let conversation = RedisConversation(
            try SocketConnection(to: endpoint, server: "redis-server"))
        // A server that still loads refuses what comes; then it is not there yet.
        _ = try conversation.ask(["AUTH", password])
        return conversation
    }

    /// Ends it.
    public func stop() { server.stop() }

    /// Snapshots are off, which only makes it faster; everything else that is not said is as
    /// Redis has it.
    private static func configuration(
        _ endpoint: Endpoint, _ durability: Durability, _ home: ServerHome, _ password: String
    ) -> String {
        var lines = ["bind 127.0.0.1", "daemonize no", "save \"\"", "requirepass \(password)"]
        switch endpoint {
        case .unix(let path): lines += ["port 0", "unixsocket \"\(path)\"", "unixsocketperm 700"]
        case .tcp(let port): lines += ["port \(port)"]
        }
        switch durability {
        case .memory: lines += ["appendonly no"]
        case .everySecond, .always:
            lines += ["appendonly yes", "appendfsync \(durability.rawValue)"]
        }
        // The directory may have spaces, so it is the one that the program is started in.
        return (lines + ["dir .", ""]).joined(separator: "\n")
    }

    private func ask() throws(PeerFailure) -> [String] {
        let conversation = try connection()
        let information = try conversation.ask(["INFO", "server"]).joined(separator: "\n")
        let version = information.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("redis_version:") }
            .map { String($0.dropFirst("redis_version:".count)) }
        guard let version else {
            throw .unexpected(server: "redis-server", answer: "no version in its information")
        }
        var options: [String] = []
        for name in ["appendonly", "appendfsync", "no-appendfsync-on-rewrite", "io-threads"] {
            let pair = try conversation.ask(["CONFIG", "GET", name])
            if pair.count == 2 { options.append("\(pair[0]) \(pair[1])") }
        }
        return ["Redis \(version)"] + options + ["save off"]
    }
}

/// A word that nobody else on the machine knows: servers on loopback can be reached by everybody.
enum Password {
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
    }
}
