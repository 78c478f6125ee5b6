import Glibc
import Hardware

/// A registry in etcd, and those who are in it: each holder has a lease that it keeps alive, and a key that
/// goes when the lease does, and somebody watches the keys. A holder that falls silent is noticed when its key
/// goes.
///
/// Holders are clients that share a connection: what etcd has of one is its lease and its messages. Each
/// lets its lease begin anew every third of its length, as etcd's own client does, at a moment of its own.
///
/// For one thread, which calls ``next(within:)`` over and over.
public final class EtcdHolders {
    /// A key that has gone.
    public struct Departure: Sendable {
        /// Whose.
        public let holder: Int
        /// When those who watch heard of it.
        public let heard: ContinuousClock.Instant
    }

    /// How long a lease lives, in seconds: what was asked for, or the least that etcd grants.
    public let length: Int
    /// How many leases were begun anew.
    public private(set) var renewals = 0
    private let cluster: EtcdCluster
    private let asked: Int
    private let calls: GRPCCalls
    private let watch: EtcdWatch
    /// By holder; nil of one that is silent.
    private var leases: [Int64?] = []
    /// When holders are to let their leases begin anew, in the order of time: a round of all of them.
    private var due: [ContinuousClock.Instant] = []
    /// Whose turn it is, as `due` goes round.
    private var turn = 0

    private static let prefix = "/holders/"

    private static func key(_ holder: Int) -> String { "\(prefix)\(holder)" }

    /// Has `count` holders register with leases of so many seconds, which somebody watches.
    ///
    /// - Throws: `unexpected` where a lease is not granted.
    public init(_ count: Int, seconds: Int, in cluster: EtcdCluster) throws(PeerFailure) {
        precondition(count > 0 && seconds > 0, "\(count) holders for \(seconds) s")
        self.cluster = cluster
        asked = seconds
        calls = try GRPCCalls(try cluster.connection(to: cluster.leader))
        watch = try EtcdWatch(
            try cluster.connection(to: cluster.leader), Self.prefix, before: "/holders0",
            authority: cluster.endpoints[cluster.leader])
        var granted = 0
        // Some at a time, so that the first are kept alive while the last register.
        for start in stride(from: 0, to: count, by: 256) {
            let new = try Self.register(start..<min(start + 256, count), seconds, calls, cluster)
            leases += new.leases.map(Optional.some)
            granted = new.seconds
            let (endpoint, all) = (cluster.endpoints[cluster.leader], leases.compactMap { $0 })
            _ = try calls.all(all.count) { EtcdRequest.keepAlive(all[$0]).call(at: endpoint) }
        }
        length = granted
        let now = ContinuousClock.now
        due = (0..<count).map { now + interval * Double($0) / Double(count) }
    }

    private var interval: Duration { .seconds(length) / 3 }

    /// Who keeps a lease.
    public var living: [Int] { leases.indices.filter { leases[$0] != nil } }

    /// Lets a holder fall silent, as if it had died. Its lease goes on until nobody has begun it anew for
    /// its length.
    public func silence(_ holder: Int) {
        precondition(leases[holder] != nil, "holder \(holder) is silent already")
        leases[holder] = nil
    }

    /// Has a holder that was silent register again.
    public func revive(_ holder: Int) throws(PeerFailure) {
        precondition(leases[holder] == nil, "holder \(holder) is not silent")
        // Answers to others who keep their leases come meanwhile.
        let new = try Self.register(
            holder..<(holder + 1), asked, calls, cluster, others: takeRenewal)
        leases[holder] = new.leases[0]
    }

    /// Counts a call of ``renewDue()`` that has ended.
    private func takeRenewal(_ call: UInt32, _ answer: [UInt8]?) {
        renewals += answer == nil ? 0 : 1
    }

    /// Lets leases begin anew whose time has come, and gives the keys that have gone meanwhile, after this
    /// long at most.
    ///
    /// - Throws: `disconnected` where the member that leads is gone.
    public func next(within limit: Duration) throws(PeerFailure) -> [Departure] {
        try renewDue()
        let untilDue = max(.zero, due[turn] - ContinuousClock.now)
        let patience = min(limit, untilDue) / .milliseconds(1)
        var sources = [calls.connection, watch.connection].map {
            pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
        }
        // SAFETY: the array has as many entries as are named and stays valid during the call.
        let ready = unsafe sources.withUnsafeMutableBufferPointer {
            unsafe poll($0.baseAddress, nfds_t($0.count), Int32(patience.rounded(.up)))
        }
        guard ready >= 0 || errno == EINTR else {
            throw .refused(operation: "wait for a member of", path: "etcd", SystemError(errno))
        }
        if sources[0].revents != 0 {
            try calls.receive(takeRenewal)
        }
        guard sources[1].revents != 0 else { return [] }
        var gone: [Departure] = []
        try watch.receive { key in
            guard let holder = Int(key.dropFirst(Self.prefix.utf8.count)) else { return }
            gone.append(Departure(holder: holder, heard: .now))
        }
        return gone
    }

    private func renewDue() throws(PeerFailure) {
        let now = ContinuousClock.now
        while due[turn] <= now {
            if let lease = leases[turn] {
                let call = EtcdRequest.keepAlive(lease)
                    .call(at: cluster.endpoints[cluster.leader])
                // Where the server takes no more it is asked once it has been heard.
                guard try calls.begin(call) != nil else { return }
            }
            due[turn] += interval
            turn = (turn + 1) % leases.count
        }
    }

    /// Grants leases to holders and puts their keys. `others` is given what ends meanwhile besides.
    private static func register(
        _ holders: Range<Int>, _ seconds: Int, _ calls: GRPCCalls, _ cluster: EtcdCluster,
        others: (UInt32, [UInt8]?) -> Void = GRPCCalls.none
    ) throws(PeerFailure) -> (leases: [Int64], seconds: Int) {
        let endpoint = cluster.endpoints[cluster.leader]
        let grant = EtcdRequest.grant(seconds: seconds).call(at: endpoint)
        var leases: [Int64] = []
        var length = 0
        for answer in try calls.all(holders.count, { _ in grant }, others: others) {
            var fields = ProtobufReader(answer, in: 0..<answer.count)
            var (lease, granted): (UInt64, UInt64) = (0, 0)
            while let (number, value) = fields.next() {
                guard let found = value.number else { continue }
                if number == 2 { lease = found }
                if number == 3 { granted = found }
            }
            guard let name = Int64(exactly: lease), name > 0, (1...86_400).contains(granted)
            else { throw .unexpected(server: "etcd", answer: "no lease") }
            leases.append(name)
            length = Int(granted)
        }
        _ = try calls.all(
            holders.count,
            {
                EtcdRequest.put(key(holders.lowerBound + $0), [], lease: leases[$0])
                    .call(at: endpoint)
            }, others: others)
        return (leases, length)
    }
}

/// Somebody who is told when keys go.
private final class EtcdWatch {
    let connection: SocketConnection
    private let wire: GRPCConnection
    private var bytes: [UInt8] = []
    /// How many messages have come.
    private var messages = 0

    /// Watches the keys from one on to before another, and waits until the member says that it has begun.
    init(
        _ connection: SocketConnection, _ first: String, before end: String, authority: Endpoint
    ) throws(PeerFailure) {
        self.connection = connection
        wire = try GRPCConnection(connection)
        let call = EtcdRequest.watch(from: first, before: end).call(at: authority, isOnly: false)
        try wire.send(call, times: 1)
        while messages == 0 { try receive { _ in } }
    }

    /// Receives what is there, waiting for something, and gives every key that has gone.
    func receive(_ take: (String) -> Void) throws(PeerFailure) {
        guard try wire.receive({ bytes += $0[$1] }) == 0 else {
            throw .unexpected(server: "etcd", answer: "the end of a watch")
        }
        var position = 0
        // Each message has five bytes before it, of which the last four are its length.
        while bytes.count - position >= 5 {
            let length = bytes[(position + 1)..<(position + 5)].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.count - position >= 5 + length else { break }
            takeEvents(in: (position + 5)..<(position + 5 + length), take)
            position += 5 + length
            messages += 1
        }
        bytes.removeFirst(position)
    }

    private func takeEvents(in message: Range<Int>, _ take: (String) -> Void) {
        var fields = ProtobufReader(bytes, in: message)
        while let (number, value) = fields.next() {
            guard number == 11, let part = value.part else { continue }
            var event = ProtobufReader(bytes, in: part)
            var (isDeletion, key): (Bool, [UInt8]) = (false, [])
            while let (number, field) = event.next() {
                if number == 1 { isDeletion = field.number == 1 }
                if number == 2, let pair = field.part { key = EtcdAnswer.pair(bytes, pair).key }
            }
            if isDeletion { take(String(decoding: key, as: UTF8.self)) }
        }
    }
}
