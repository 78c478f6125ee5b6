import Glibc
import Hardware

/// A network for servers that have network namespaces of their own: a ``SwitchedNetwork`` with a place for
/// each, and a cable from its switch to this process's network.
///
/// Addresses are of 198.18.0.0/15, which is for benchmarks of networks (RFC 2544, section C.2.2), and
/// which of its parts follows from the number of this process. For one thread at a time.
public final class NodeNetwork {
    /// This process as servers see it.
    public var clients: String { SocketAddress.text(base + 1) }
    /// How `netem` treats what is put on each cable towards the switch, in the words of `tc`, where it does.
    public let shape: String?
    private let switched: SwitchedNetwork
    private let base: UInt32

    /// Makes it, with a place for each server, and plugs this process's network in.
    ///
    /// - Parameters:
    ///   - directory: below which a log is while it is made.
    ///   - places: how many servers.
    ///   - shape: how `netem` is to treat what is put on each cable towards the switch, in the words of
    ///     `tc`; nil for nothing. Left out where the kernel has no netem, or `tc` is not installed.
    ///
    /// - Throws: `noNetwork` where the kernel has none of this, or does not let this process; `died` with
    ///   the end of a log where `tc` refuses the words.
    public init(
        below directory: String, places: Int, shape: String? = nil
    ) throws(PeerFailure) {
        precondition((1...Self.mostPlaces).contains(places), "\(places) places")
        base = Self.base(of: getpid())
        try Self.awaitFree(base)
        switched = try SwitchedNetwork(
            places: places, first: base + 2, prefix: 32 - Int32(Self.hostBits))
        let cable = "nm-\(getpid())"
        try switched.plugIn(cable, at: base + 1)
        guard let shape, let tc = ProgramSearch.first("tc") else {
            self.shape = nil
            return
        }
        // Whether the kernel can is shown by a try on a device that nobody uses.
        do throws(PeerFailure) {
            try switched.visitMiddle { () throws(PeerFailure) in
                try Self.shape(["delay", "1ms"], on: "lo", by: tc, below: directory)
            }
        } catch .died {
            self.shape = nil
            return
        }
        try Self.shape(Self.words(shape), on: cable, by: tc, below: directory)
        self.shape = shape
    }

    /// Where a server listens, by its number.
    public func address(of server: Int) -> String { "\(switched.address(of: server)):7100" }

    /// Does something in a server's place: what is started there stays there, and starts there again.
    func visit<Result>(
        _ server: Int, _ body: () throws(PeerFailure) -> Result
    ) throws(PeerFailure) -> Result { try switched.visit(server, body) }

    /// The program that shapes a place's cable, run in it; nil where there is nothing to shape.
    var shaping: [String]? {
        guard let shape, let tc = ProgramSearch.first("tc") else { return nil }
        return Self.shaping(Self.words(shape), on: SwitchedNetwork.cable, by: tc)
    }

    /// Addresses of one network are told apart by so many bits, and there are so many networks.
    static let hostBits: UInt32 = 5
    private static let parts: UInt32 = 1 << (17 - hostBits)
    /// The first address names the network, the second is this process's, the last is everybody's.
    static let mostPlaces = (1 << Int(hostBits)) - 3

    /// The first address of the network of the process with this number.
    static func base(of process: Int32) -> UInt32 {
        198 << 24 | 18 << 16 | (UInt32(process) % parts) << hostBits
    }

    private static func words(_ shape: String) -> [String] {
        shape.split(separator: " ").map(String.init)
    }

    private static func shaping(
        _ words: [String], on cable: String, by tc: String
    ) -> [String] {
        [tc, "qdisc", "add", "dev", cable, "root", "netem"] + words
    }

    /// Shapes a cable of this thread's network.
    ///
    /// - Throws: `died` where it is refused.
    private static func shape(
        _ words: [String], on cable: String, by tc: String, below directory: String
    ) throws(PeerFailure) {
        let home = try ServerHome(
            below: directory, name: "nilometer-switch-\(getpid())", user: nil)
        // The second one runs when the first has succeeded, and is ended at once.
        let order = ServerOrder(
            programs: [shaping(words, on: cable, by: tc), ["/bin/sleep", "60"]],
            removed: [home.data, home.sockets], log: home.log, directory: home.data,
            stopSignal: SIGKILL, units: [])
        try GuardedServer(order, name: "tc", home: home).stop()
    }

    /// Waits until no device of this thread's network has an address of the part of the network that begins
    /// at `base`. One that has may be that of a network that was taken down a moment ago: the kernel
    /// removes these by and by.
    private static func awaitFree(_ base: UInt32) throws(PeerFailure) {
        for _ in 0..<100 {
            if try !isUsed(base) { return }
            usleep(50_000)
        }
        throw .noNetwork(
            what: "a network at \(SocketAddress.text(base)), which is in use",
            SystemError(EADDRINUSE))
    }

    private static func isUsed(_ base: UInt32) throws(PeerFailure) -> Bool {
        var list: UnsafeMutablePointer<ifaddrs>?
        // SAFETY: the pointer outlives the call; the list is freed below and not used after.
        guard unsafe getifaddrs(&list) == 0 else {
            throw .noNetwork(what: "a list of addresses", SystemError(errno))
        }
        defer { unsafe freeifaddrs(list) }
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            // SAFETY: an address of this family is one of this type.
            guard let address = unsafe entry.pointee.ifa_addr,
                unsafe address.pointee.sa_family == sa_family_t(AF_INET)
            else { continue }
            let found = unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
            }
            if found >> hostBits == base >> hostBits { return true }
        }
        return false
    }
}
