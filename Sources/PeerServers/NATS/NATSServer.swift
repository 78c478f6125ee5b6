import Glibc
import Hardware

/// A NATS server of the suite's own with JetStream, whose stream is a log in files, configured as its
/// authors have it.
///
/// What it acknowledges is in the page cache: it syncs its files every two minutes (`sync_interval`).
public final class NATSServer {
    /// The Debian package.
    public static let package = "nats-server"

    /// The path of the program; `nil` where it is not installed.
    public static var installed: String? { ProgramSearch.first("nats-server") }

    /// Where it listens.
    public let endpoint: Endpoint
    /// The version and the options that matter.
    public private(set) var facts: [String] = []
    /// The process and its directories.
    public let server: GuardedServer
    private let password: String

    /// The log's name, and the subject whose messages are in it.
    static let (stream, subject) = ("LOG", "log")

    /// Starts one below `directory`, which exists, on `units` or wherever this thread may run, and makes
    /// the log.
    ///
    /// - Throws: `notInstalled`, `died` with the end of its log, `unexpected` where it does not make a log,
    ///   and others.
    public init(
        below directory: String, units: CPUSet = [], program: String? = NATSServer.installed
    ) throws(PeerFailure) {
        guard let program else {
            throw .notInstalled(
                program: "nats-server", package: Self.package,
                places: ProgramSearch.directories.joined(separator: ", "))
        }
        let home = try ServerHome(below: directory, name: "nats", user: nil)
        password = Password.random()
        do throws(PeerFailure) {
            let port = try SocketAddress.port(nil)
            endpoint = .tcp(port)
            try home.write("nats.conf", Self.configuration(port, password), for: nil)
        } catch {
            home.remove()
            throw error
        }
        let order = ServerOrder(
            programs: [[program, "-c", "\(home.data)/nats.conf"]],
            removed: [home.data, home.sockets], log: home.log, directory: home.data,
            stopSignal: SIGKILL, units: units)
        server = try GuardedServer(order, name: "nats-server", home: home)
        let version = try server.answering { () throws(PeerFailure) in
            try NATSConversation(to: endpoint, password: password).version
        }
        try NATSConversation(to: endpoint, password: password)
            .makeStream(Self.stream, of: Self.subject)
        facts = [
            "NATS \(version)", "JetStream in files, one copy",
            "synced every two minutes, not before an answer",
        ]
    }

    /// A client that appends messages of this content to the log.
    public func client(_ payload: [UInt8], pipeline: Int) throws(PeerFailure) -> NATSLogClient {
        try NATSLogClient(
            try NATSConversation(to: endpoint, password: password), payload, pipeline: pipeline)
    }

    /// Ends it.
    public func stop() { server.stop() }

    /// The directory may have spaces, so the store is in the one that the program is started in.
    private static func configuration(_ port: UInt16, _ password: String) -> String {
        """
        listen: "127.0.0.1:\(port)"
        authorization { token: "\(password)" }
        jetstream { store_dir: "./jetstream" }

        """
    }
}
