import Glibc
import Hardware

/// A network for servers that have network namespaces of their own: a switch in a namespace, a cable
/// (veth) from it to each server, and one to this process's network.
///
/// No namespace has a name: each belongs to the processes of a guard and goes with them, and cables and
/// switch go with the namespaces that they are in. So nothing is left of it however this process ends,
/// and nothing has to be found and removed by the next one.
///
/// Addresses are of 198.18.0.0/15, which is for benchmarks of networks (RFC 2544, section C.2.2), and
/// which of its parts follows from the number of this process. For one thread at a time.
public final class NodeNetwork {
    /// This process as servers see it.
    public var clients: String { host(1) }
    /// What `tc` is told of the cables, where it has been told.
    public let shape: String?
    private let center: GuardedServer
    private let base: UInt32

    /// Sets the switch up, and plugs this process's network into it.
    ///
    /// - Parameters:
    ///   - directory: below which its log is while it lasts.
    ///   - shape: how `netem` is to treat what is put on each cable towards the switch, in the words of
    ///     `tc`; nil for nothing. Left out where the kernel has no netem.
    ///
    /// - Throws: `notRoot` and `notInstalled` where it cannot be had here, `died` with the end of a log
    ///   where the kernel refuses it.
    public init(below directory: String, shape: String? = nil) throws(PeerFailure) {
        try Self.check()
        let part = UInt32(getpid()) % Self.parts
        base = 198 << 24 | 18 << 16 | part << Self.hostBits
        let home = try ServerHome(
            below: directory, name: "nilometer-switch-\(getpid())", user: nil)
        var order = ServerOrder(
            programs: [["/bin/sh", "-ec", Self.script(base, shape)], ["/bin/sleep", "infinity"]],
            removed: [home.data, home.sockets], log: home.log, directory: home.data,
            stopSignal: SIGKILL, units: [])
        order.network = .own
        center = try GuardedServer(order, name: "a switch for network namespaces", home: home)
        // The last line of what set it up; the program behind it says nothing.
        let isShaped = home.endOfLog(lines: 1) == Self.shaped
        self.shape = isShaped ? shape : nil
    }

    deinit { stop() }

    /// Where a server listens, by its number.
    public func address(of server: Int) -> String {
        precondition((0..<Self.mostServers).contains(server), "server \(server)")
        return "\(host(UInt32(server) + 2)):7100"
    }

    /// The program that plugs the namespace that it is run in into the switch, for a server.
    func plug(_ server: Int) -> [String] {
        let (number, center) = (UInt32(server) + 2, self.center.guardProcess)
        var lines = [
            "ip link set lo up",
            "ip link add eth0 type veth peer name port\(server) netns \(center)",
            "ip addr add \(host(number))/\(32 - Self.hostBits) dev eth0",
            "ip link set eth0 up",
            "nsenter -t \(center) -n ip link set port\(server) master switch up",
        ]
        if let shape { lines.append("tc qdisc add dev eth0 root netem \(shape)") }
        return ["/bin/sh", "-ec", lines.joined(separator: "\n")]
    }

    /// Takes it down. Servers are to end before.
    public func stop() { center.stop() }

    /// Addresses of one network are told apart by so many bits, and there are so many networks.
    private static let hostBits: UInt32 = 5
    private static let parts: UInt32 = 1 << (17 - hostBits)
    private static let mostServers = (1 << Int(hostBits)) - 4

    private static func check() throws(PeerFailure) {
        guard geteuid() == 0 else { throw .notRoot(what: "network namespaces") }
        for (program, package) in [("ip", "iproute2"), ("nsenter", "util-linux")]
        where ProgramSearch.first(program) == nil {
            throw .notInstalled(
                program: program, package: package,
                places: ProgramSearch.directories.joined(separator: ", "))
        }
    }

    /// What sets the switch up, run in its namespace. An address that is there already may be that of a
    /// network that was taken down a moment ago: the kernel removes these by and by.
    private static func script(_ base: UInt32, _ shape: String?) -> String {
        let network = "\(SocketAddress.text(base))/\(32 - hostBits)"
        let cable = "nm-\(getpid())"
        return """
            there() { nsenter -t \(getpid()) -n ip "$@"; }
            tries=0
            while [ -n "$(there -4 -o addr show to \(network))" ]; do
                tries=$((tries + 1))
                [ $tries -lt 100 ] || { echo "\(network) is in use" >&2; exit 1; }
                sleep 0.05
            done
            ip link add switch type bridge
            ip link set switch up
            ip link add clients type veth peer name \(cable) netns \(getpid())
            ip link set clients master switch up
            there addr add \(SocketAddress.text(base + 1))/\(32 - hostBits) dev \(cable)
            there link set \(cable) up
            """ + (shape.map { "\n" + shaping(cable, $0) } ?? "")
    }

    /// What shapes this process's cable, where a try on a device that nobody uses shows that the kernel
    /// can.
    private static func shaping(_ cable: String, _ shape: String) -> String {
        """
        if tc qdisc add dev lo root netem delay 1ms; then
            nsenter -t \(getpid()) -n tc qdisc add dev \(cable) root netem \(shape)
            echo '\(shaped)'
        fi
        """
    }

    private static let shaped = "netem is there"

    private func host(_ number: UInt32) -> String { SocketAddress.text(base + number) }
}
