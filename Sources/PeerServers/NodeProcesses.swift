import Glibc
import Hardware

/// Servers of the suite's own, each `nilometer node` in a process under a guard, all on this machine,
/// on loopback or in network namespaces: they end, and what they kept is removed, when this object ends,
/// and when this process does, however that comes about.
///
/// For one thread at a time.
public final class NodeProcesses {
    /// Where the servers listen.
    public let addresses: [String]
    private var orders: [ServerOrder] = []
    private var servers: [GuardedServer] = []
    /// Guards of servers that were killed and started again. The directories, which are theirs as well,
    /// stay until they end.
    private var former: [GuardedServer] = []
    private var killed: Set<Int> = []
    /// A directory that each server has to itself.
    private var homes: [ServerHome] = []

    /// Addresses on loopback with ports that were free a moment ago.
    public static func freeAddresses(_ count: Int) throws(PeerFailure) -> [String] {
        try SocketAddress.freePorts(count).map { "127.0.0.1:\($0)" }
    }

    /// Starts a server of `program` at each of the addresses and waits until all of them listen.
    ///
    /// - Parameters:
    ///   - members: of each server, where it listens and where it calls the others, by their numbers; nil
    ///     where everybody is called where it listens.
    ///   - options: what follows `node --id … --members …` and `--directory …`.
    ///   - network: where each has a namespace of its own; nil for all of them on loopback.
    ///   - keepsRecords: whether they are given a directory.
    ///   - directory: below which they have directories of their own.
    ///   - units: where they may run; anywhere that this thread may where it is empty.
    ///
    /// - Throws: `died` with the end of a server's log, `silent` where one does not begin, and others.
    public init(
        program: String, addresses: [String], members: [[String]]? = nil, options: [String],
        network: NodeNetwork? = nil, keepsRecords: Bool = true, below directory: String,
        units: CPUSet = []
    ) throws(PeerFailure) {
        self.addresses = addresses
        for (number, address) in addresses.enumerated() {
            let place = address.replacing(":", with: "-")
            let home = try ServerHome(
                below: directory, name: "nilometer-node-\(getpid())-\(place)", user: nil)
            let known = members.map { $0[number] } ?? addresses
            var words = [program, "node", "--id", "\(number)", "--members"]
            words.append(known.enumerated().map { "\($0)=\($1)" }.joined(separator: ","))
            words += options
            if keepsRecords { words += ["--directory", "\(home.data)/records"] }
            var order = ServerOrder(
                programs: [words], removed: [home.data, home.sockets], log: home.log,
                directory: home.data, stopSignal: SIGKILL, units: units)
            orders.append(order)
            if let network {
                order.network = .own
                order.programs.insert(network.plug(number), at: 0)
            }
            servers.append(try GuardedServer(order, name: Self.name, home: home))
            homes.append(home)
            if network != nil { orders[number].network = .of(servers[number].guardProcess) }
        }
        for number in addresses.indices { try awaitListening(number) }
    }

    deinit { stop() }

    /// How many there are, those that were killed among them.
    public var count: Int { servers.count }

    /// What each server said last that it does; nil for one that was killed, or has said nothing.
    public var roles: [String?] { (0..<count).map { role(of: $0) } }

    /// What a server said last that it does, in this life; nil for one that was killed, or has said
    /// nothing.
    public func role(of number: Int) -> String? {
        killed.contains(number) ? nil : said("role", by: number).last
    }

    /// Waits until some server does this, and says which.
    ///
    /// - Throws: `silent` where none does in time.
    public func server(doing role: String) throws(PeerFailure) -> Int {
        for _ in 0..<(GuardedServer.patience / Self.pause) {
            if let found = roles.firstIndex(of: role) { return found }
            Self.rest()
        }
        throw .silent(
            program: "nilometer node as \(role)", milliseconds: GuardedServer.patience,
            log: homes[0].endOfLog())
    }

    /// The number that the system has for a server's process.
    public func process(_ number: Int) -> Int32 { servers[number].process }

    /// Kills a server, as by SIGKILL from outside. Does nothing to one that was killed before.
    public func kill(_ number: Int) {
        guard killed.insert(number).inserted else { return }
        Glibc.kill(servers[number].process, SIGKILL)
    }

    /// Starts a server that was killed again, at the same address and with the records that it had, and
    /// waits until it listens.
    public func restart(_ number: Int) throws(PeerFailure) {
        precondition(killed.contains(number), "server \(number) was not killed")
        try servers[number].awaitEnd()
        homes[number].lives += 1
        // In the network of the first guard, where it had one.
        var order = orders[number]
        order.log = homes[number].log
        let started = try GuardedServer(order, name: Self.name, home: homes[number])
        former.append(servers[number])
        servers[number] = started
        killed.remove(number)
        try awaitListening(number)
    }

    /// Stops a server where it stands.
    public func freeze(_ number: Int) { signal(number, SIGSTOP) }

    /// Lets one that was frozen go on.
    public func thaw(_ number: Int) { signal(number, SIGCONT) }

    /// Ends all of them at once.
    public func stop() {
        for server in servers { server.stop() }
        // Last, since they remove what the others would still write.
        for server in former { server.stop() }
    }

    private func signal(_ number: Int, _ signal: Int32) {
        if !killed.contains(number) { Glibc.kill(servers[number].process, signal) }
    }

    private func awaitListening(_ number: Int) throws(PeerFailure) {
        _ = try servers[number].answering { () throws(PeerFailure) in
            guard !said("listening", by: number).isEmpty else {
                throw .disconnected(server: Self.name, why: "it does not say that it listens")
            }
        }
    }

    /// What stands behind a word in the lines that a server has printed.
    private func said(_ word: String, by number: Int) -> [String] {
        homes[number].endOfLog(lines: 64).split(separator: "|").compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 && words[0] == word ? String(words[1]) : nil
        }
    }

    private static let name = "nilometer node"

    /// Between two looks at what servers say, in milliseconds.
    private static let pause = 5

    private static func rest() { usleep(UInt32(pause) * 1000) }
}
