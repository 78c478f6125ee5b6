import Glibc
import Hardware

/// Servers of the suite's own, each `nilometer node` in a process: on this machine under a guard, on
/// loopback or in network namespaces, or on other hosts. They end, and what they kept is removed, when this
/// object ends, and when this process does, however that comes about.
///
/// For one thread at a time.
public final class NodeProcesses {
    /// Where the servers listen.
    public let addresses: [String]
    private var servers: [any ServedProcess] = []
    /// Starts the server of a number; nil where all were started in the beginning.
    private var starting: ((Int) throws(PeerFailure) -> GuardedServer)?
    private var killed: Set<Int> = []
    private var logs: [LogLines] = []
    /// What each server has said in this life.
    private var said: [NodeWords] = []
    /// Messages that were dropped in lives that are over.
    private var droppedBefore = NodeDrops()

    /// Addresses on loopback with ports that were free a moment ago, of a host address that follows from
    /// the number of this process: between that moment and the one at which servers listen, nobody else's
    /// connection gets one of them.
    public static func freeAddresses(_ count: Int) throws(PeerFailure) -> [String] {
        let own = UInt32(getpid())
        // 127.64.0.0 to 127.127.255.255; numbers of processes have 22 bits at most.
        let host = 0x7F40_0000 | (own & 0x3F_FFFF)
        return try SocketAddress.freePorts(count, at: host).map {
            "\(SocketAddress.text(host)):\($0)"
        }
    }

    /// Starts a server of `program` at each of the addresses and waits until all of them listen.
    ///
    /// - Parameters:
    ///   - members: of each server, where it listens and where it calls the others, by their numbers; nil
    ///     where everybody is called where it listens.
    ///   - options: what follows `node --id … --members …` and `--directory …`.
    ///   - network: where each has a namespace of its own; nil for all of them on loopback.
    ///   - keepsRecords: whether they are given a directory.
    ///   - later: how many of the last ones wait for ``startNext()``.
    ///   - directory: below which they have directories of their own.
    ///   - units: where they may run; anywhere that this thread may where it is empty.
    ///
    /// - Throws: `died` with the end of a server's log, `silent` where one does not begin, and others.
    public init(
        program: String, addresses: [String], members: [[String]]? = nil, options: [String],
        network: NodeNetwork? = nil, keepsRecords: Bool = true, later: Int = 0,
        below directory: String, units: CPUSet = []
    ) throws(PeerFailure) {
        self.addresses = addresses
        let start = { (number: Int) throws(PeerFailure) -> GuardedServer in
            let place = addresses[number].replacing(":", with: "-")
            let home = try ServerHome(
                below: directory, name: "nilometer-node-\(getpid())-\(place)", user: nil)
            let known = members.map { $0[number] } ?? addresses
            var words = [program, "node", "--id", "\(number)", "--members"]
            words.append(Self.list(known))
            words += options
            if keepsRecords { words += ["--directory", "\(home.data)/records"] }
            var order = ServerOrder(
                programs: [words], removed: [home.data, home.sockets], log: home.log,
                directory: home.data, stopSignal: SIGKILL, units: units)
            if let shaping = network?.shaping { order.programs.insert(shaping, at: 0) }
            return try Self.start(order, home, in: network, number)
        }
        for number in addresses.indices.dropLast(later) { add(try start(number)) }
        for number in servers.indices { try awaitListening(number) }
        starting = start
    }

    /// Starts the next of the servers that were to be started later, and says which that is. Does not wait
    /// until it listens.
    ///
    /// - Precondition: there is one.
    public func startNext() throws(PeerFailure) -> Int {
        guard let starting, servers.count < addresses.count else {
            preconditionFailure("all servers were started")
        }
        add(try starting(servers.count))
        return servers.count - 1
    }

    /// Starts so many servers on other hosts, one on each and then one more, through `ssh`, and waits until
    /// all of them listen.
    ///
    /// - Parameters:
    ///   - ssh: the program that connects, and its options before those that are needed.
    ///   - options, keepsRecords: as for those on this machine. A path among them is one of the host's.
    ///   - directory: below which logs are meanwhile, on this machine.
    ///
    /// - Throws: `HostListError` where a server has no address, and `PeerFailure`: `died` with what `ssh` or
    ///   the host said, and others.
    public init(
        _ count: Int, on hosts: [RemoteHost], ssh: [String], options: [String],
        keepsRecords: Bool = true, below directory: String
    ) throws {
        addresses = try RemoteHost.addresses(of: count, on: hosts)
        let members = Self.list(addresses)
        for number in addresses.indices {
            let home = try ServerHome(
                below: directory, name: "nilometer-host-\(getpid())-\(number)", user: nil)
            let words = ["node", "--id", "\(number)", "--members", members] + options
            add(
                try RemoteServer(
                    words, keepsRecords: keepsRecords, on: hosts[number % hosts.count], ssh: ssh,
                    home: home))
        }
        for number in addresses.indices { try awaitListening(number) }
    }

    private func add(_ server: any ServedProcess) {
        servers.append(server)
        logs.append(LogLines(of: server.log))
        said.append(NodeWords())
    }

    private static func list(_ addresses: [String]) -> String {
        addresses.enumerated().map { "\($0)=\($1)" }.joined(separator: ",")
    }

    deinit { stop() }

    /// How many there are, those that were killed among them, and those that wait to be started not.
    public var count: Int { servers.count }

    /// What a server said last that it does, in this life, and by which decision; nil for one that does not
    /// run, or has said nothing.
    public func role(of number: Int) -> NodeRole? {
        guard !killed.contains(number), servers[number].ownEnd() == nil else { return nil }
        hear(number)
        return said[number].role
    }

    /// The server that does this, besides some; nil where none says so. Of several the one that says so by
    /// the latest decision: another one may not have heard of it.
    public func server(doing role: String, besides passedOver: Set<Int> = []) -> Int? {
        var found: (number: Int, epoch: UInt64)?
        for number in servers.indices where !passedOver.contains(number) {
            guard let said = self.role(of: number), said.name == role else { continue }
            if found.map({ said.epoch > $0.epoch }) ?? true { found = (number, said.epoch) }
        }
        return found?.number
    }

    /// Messages that servers said they had to drop, in all their lives: of each as of a moment ago.
    public func dropped() -> NodeDrops {
        var sum = droppedBefore
        for number in servers.indices {
            hear(number)
            sum.add(said[number].dropped)
        }
        return sum
    }

    /// Takes what members of a token ring said that they held since the last time; of each as of a moment ago.
    public func takeHolds() -> [TokenHold] {
        var holds: [TokenHold] = []
        for number in servers.indices {
            hear(number)
            holds += said[number].holds
            said[number].holds = []
        }
        return holds
    }

    /// Takes what members of a gossiping cluster said since the last time that they hold others for, by who
    /// said it; of each as of a moment ago.
    public func takeSightings() -> [(by: Int, sighting: NodeSighting)] {
        var sightings: [(by: Int, sighting: NodeSighting)] = []
        for number in servers.indices {
            hear(number)
            sightings += said[number].sightings.map { (number, $0) }
            said[number].sightings = []
        }
        return sightings
    }

    /// Looks whether a server has ended that nobody killed, and says which, and how. Does not wait.
    public func ownEnd() -> (server: Int, how: PeerFailure)? {
        for (number, server) in servers.enumerated() {
            if let end = server.ownEnd() { return (number, end) }
        }
        return nil
    }

    /// The number that the system has for a server's process; nil for one on another host.
    public func process(_ number: Int) -> Int32? { servers[number].localProcess }

    /// Kills a server, as by SIGKILL from outside, and waits until it is gone. Does nothing to one that was
    /// killed before.
    ///
    /// - Throws: `ended` where it had ended by itself.
    public func kill(_ number: Int) throws(PeerFailure) {
        guard !killed.contains(number) else { return }
        try servers[number].kill()
        killed.insert(number)
    }

    /// Starts a server that was killed again, at the same address, in the same network and with the
    /// records that it had. Does not wait until it listens: until it has said what it does, it has no role.
    public func restart(_ number: Int) throws(PeerFailure) {
        precondition(killed.contains(number), "server \(number) was not killed")
        // What it said in its former life ends here.
        hear(number)
        logs[number].skip()
        droppedBefore.add(said[number].dropped)
        said[number] = NodeWords()
        try servers[number].startAgain()
        killed.remove(number)
    }

    /// Stops a server where it stands. Does nothing to one that was killed.
    public func freeze(_ number: Int) throws(PeerFailure) {
        if !killed.contains(number) { try servers[number].freeze() }
    }

    /// Lets one that was frozen go on. Does nothing to one that was killed.
    public func thaw(_ number: Int) throws(PeerFailure) {
        if !killed.contains(number) { try servers[number].thaw() }
    }

    /// Ends all of them.
    public func stop() { for server in servers { server.stop() } }

    private static func start(
        _ order: ServerOrder, _ home: ServerHome, in network: NodeNetwork?, _ number: Int
    ) throws(PeerFailure) -> GuardedServer {
        func start() throws(PeerFailure) -> GuardedServer {
            try GuardedServer(order, name: name, home: home)
        }
        guard let network else { return try start() }
        return try network.visit(number, start)
    }

    private func awaitListening(_ number: Int) throws(PeerFailure) {
        _ = try servers[number].answering { () throws(PeerFailure) in
            hear(number)
            guard said[number].isListening else {
                throw .disconnected(server: Self.name, why: "it does not say that it listens")
            }
        }
    }

    /// Takes what a server has printed since the last time.
    private func hear(_ number: Int) {
        for line in logs[number].next() { said[number].take(line) }
    }

    private static let name = "nilometer node"
}

/// What a server says that it does.
public struct NodeRole: Hashable, Sendable {
    /// What that is called: `leader`, `tail` and so on.
    public let name: String
    /// By which decision of the cluster; later ones have greater numbers.
    public let epoch: UInt64
}

/// How many messages servers could not send.
public struct NodeDrops: Hashable, Sendable {
    /// Those whose receivers took no more.
    public internal(set) var overflowed: UInt64 = 0
    /// Those that were longer than a frame may be.
    public internal(set) var tooLong: UInt64 = 0

    mutating func add(_ other: NodeDrops) {
        overflowed += other.overflowed
        tooLong += other.tooLong
    }
}

/// What a server has said in one of its lives.
private struct NodeWords {
    var isListening = false
    /// What it said last that it does.
    var role: NodeRole?
    /// What it said last that it dropped.
    var dropped = NodeDrops()
    /// What it said that it held, and nobody has taken.
    var holds: [TokenHold] = []
    /// What it said that it holds others for, and nobody has taken.
    var sightings: [NodeSighting] = []

    /// Takes a line that it printed; what is no word of a node's is passed over.
    mutating func take(_ line: String) {
        let words = line.split(separator: " ")
        switch (words.first, words.count) {
        case ("listening", 2): isListening = true
        case ("role", 3):
            guard let epoch = UInt64(words[2]) else { return }
            role = NodeRole(name: String(words[1]), epoch: epoch)
        case ("dropped", 3):
            guard let overflowed = UInt64(words[1]), let tooLong = UInt64(words[2]) else { return }
            dropped = NodeDrops(overflowed: overflowed, tooLong: tooLong)
        case ("held", 6):
            if let hold = TokenHold(words: words) { holds.append(hold) }
        case ("sees", 4):
            if let sighting = NodeSighting(words: words) { sightings.append(sighting) }
        default: break
        }
    }
}
