import Glibc
import Hardware

/// Answers requests of one size with one reply, over the same transport as a server that it is the
/// floor of: what is left when the server does nothing.
public final class EchoServer {
    /// Where it listens.
    public let endpoint: Endpoint
    let server: GuardedServer

    /// Starts it below `directory`, on `units`.
    public init(
        below directory: String, transport: Transport, requestSize: Int, reply: [UInt8],
        units: CPUSet = []
    ) throws(PeerFailure) {
        precondition(requestSize > 0 && !reply.isEmpty, "an echo needs requests and a reply")
        let home = try ServerHome(below: directory, name: "echo", user: nil)
        let listener: Int32
        do throws(PeerFailure) {
            switch transport {
            case .unix:
                let path = "\(home.sockets)/echo"
                listener = try SocketAddress.unix(path).listening()
                endpoint = .unix(path)
            case .tcp:
                listener = try SocketAddress.loopback(0).listening()
                endpoint = .tcp(SocketAddress.port(of: listener))
            }
        } catch {
            home.remove()
            throw error
        }
        defer { close(listener) }
        let order = ServerOrder(
            removed: [home.data, home.sockets], log: home.log, directory: home.data,
            stopSignal: SIGKILL, units: units,
            echo: .init(listener: listener, requestSize: requestSize, reply: reply))
        server = try GuardedServer(order, name: "echo", home: home)
    }

    /// Ends it.
    public func stop() { server.stop() }
}
