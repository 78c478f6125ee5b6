import Glibc
import Hardware

/// Servers of the suite's own, each `nilometer node` in a process under a guard, which all listen on
/// loopback: they end, and what they kept is removed, when this object ends, and when this process does,
/// however that comes about.
///
/// For one thread at a time.
public final class NodeProcesses {
    /// Where the servers listen.
    public let addresses: [String]
    private var servers: [GuardedServer] = []
    private var killed: Set<Int> = []
    /// A directory that each server has to itself.
    private var homes: [ServerHome] = []

    /// Starts `count` servers of `program` and waits until all of them listen.
    ///
    /// - Parameters:
    ///   - options: what follows `node --id … --members …` and `--directory …`.
    ///   - keepsRecords: whether they are given a directory.
    ///   - directory: below which they have directories of their own.
    ///   - units: where they may run; anywhere that this thread may where it is empty.
    ///
    /// - Throws: `died` with the end of a server's log, `silent` where one does not begin, and others.
    public init(
        program: String, count: Int, options: [String], keepsRecords: Bool = true,
        below directory: String, units: CPUSet = []
    ) throws(PeerFailure) {
        addresses = try SocketAddress.freePorts(count).map { "127.0.0.1:\($0)" }
        let members = addresses.enumerated().map { "\($0)=\($1)" }.joined(separator: ",")
        for number in 0..<count {
            let home = try ServerHome(
                below: directory, name: "nilometer-node-\(getpid())-\(addresses[number].suffix(5))",
                user: nil)
            var words = [program, "node", "--id", "\(number)", "--members", members] + options
            if keepsRecords { words += ["--directory", "\(home.data)/records"] }
            let order = ServerOrder(
                programs: [words], removed: [home.data, home.sockets], log: home.log,
                directory: home.data, stopSignal: SIGKILL, units: units)
            servers.append(try GuardedServer(order, name: "nilometer node", home: home))
            homes.append(home)
        }
        for number in 0..<count {
            try wait(for: "listening", of: number) { !$0.isEmpty }
        }
    }

    /// How many there are, those that were killed among them.
    public var count: Int { servers.count }

    /// What each server said last that it does; nil for one that was killed, or has said nothing.
    public var roles: [String?] {
        (0..<count).map { killed.contains($0) ? nil : said("role", by: $0).last }
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

    /// Stops a server where it stands.
    public func freeze(_ number: Int) { signal(number, SIGSTOP) }

    /// Lets one that was frozen go on.
    public func thaw(_ number: Int) { signal(number, SIGCONT) }

    /// Ends all of them at once.
    public func stop() { for server in servers { server.stop() } }

    private func signal(_ number: Int, _ signal: Int32) {
        if !killed.contains(number) { Glibc.kill(servers[number].process, signal) }
    }

    private func wait(
        for word: String, of number: Int, until isThere: ([String]) -> Bool
    ) throws(PeerFailure) {
        _ = try servers[number].answering { () throws(PeerFailure) in
            guard isThere(said(word, by: number)) else {
                throw .disconnected(server: "nilometer node", why: "it does not say '\(word)'")
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

    /// Between two looks at what servers say, in milliseconds.
    private static let pause = 5

    private static func rest() { usleep(UInt32(pause) * 1000) }
}
