import Checkers
import Cluster
import Glibc
import Network
import PeerServers
import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// A client that runs, whichever protocol it speaks.
protocol StoreClient: Sendable {
    var statistics: NodeStatistics { get }
    func ask(_ command: ClientCommand)
    func introduce(_ node: NodeID, at address: Address)
    func stop(abruptly isAbrupt: Bool)
}

extension RunningNodeGroup.Member: StoreClient where Machine.Request == ClientCommand {}

/// What of a store was checked, and holds.
struct StoreAudit {
    /// Operations of the auditors, which are linearizable.
    let operations: Int
    /// Writes of all clients, measured or not, each of which has a place of the log to itself, behind those
    /// that its client had been told of when it asked.
    let writes: Int

    /// One line.
    var note: String {
        "\(writes) writes have places of their own in the log; \(operations) operations of two further "
            + "clients are linearizable"
    }
}

/// Servers of a replicated store in processes, and clients in this one: some that load it and are
/// measured, and two more, the auditors, of whom everything is kept and checked in the end.
///
/// Auditors have keys to themselves, so that what they asked and heard is a whole history of these. They
/// write, compare and read lightly, beside the load, before and after it is measured.
///
/// For one thread at a time. Ends with the object.
final class StoreSession {
    private let plan: StorePlan
    /// The servers.
    let processes: NodeProcesses
    /// The relay between them, and between them and clients; nil where there is none.
    let links: StoreLinks?
    /// Where each server has a network namespace of its own; nil where all are on loopback.
    private let network: NodeNetwork?
    /// Clients that load the store, and those that check it, with what each of them heard.
    let loaders: [any StoreClient]
    let auditors: [any StoreClient]
    let loads: [ClientLog]
    private let audits: [ClientLog]

    private static let auditorCount = 2
    private static let auditedKeys: UInt64 = 4
    private static let firstAuditedKey: UInt64 = 1 << 32
    /// How long clients may go without an answer, in seconds.
    static let silence = 30.0

    /// Starts servers and clients.
    init(_ plan: StorePlan) throws {
        self.plan = plan
        (network, links, processes) = try Self.servers(plan)
        loads = (0..<plan.clients).map { _ in ClientLog(keepsHistory: false) }
        audits = (0..<Self.auditorCount).map { _ in ClientLog(keepsHistory: true) }
        let crowd = try StoreCrowd(
            plan,
            addresses: Array(
                (links?.membersSeenByClients ?? processes.addresses).prefix(plan.replicas)))
        var load = ClientLoad()
        (load.keys, load.reads, load.comparisons) = (4096, 0, 0)
        (load.window, load.valueBytes) = (plan.window, plan.payload)
        loaders = try crowd.clients(1000, plan.asksByItself ? load : nil, loads)
        var audit = ClientLoad()
        (audit.keys, audit.firstKey) = (Self.auditedKeys, Self.firstAuditedKey)
        audit.pause = .milliseconds(2)
        auditors = try crowd.clients(2000, audit, audits)
    }

    /// Servers, with what is between them.
    private static func servers(
        _ plan: StorePlan
    ) throws -> (NodeNetwork?, StoreLinks?, NodeProcesses) {
        guard plan.hosts.isEmpty else {
            return (
                nil, nil,
                try NodeProcesses(
                    plan.replicas, on: plan.hosts, ssh: plan.ssh, options: plan.options,
                    below: plan.directory)
            )
        }
        let network = try plan.network()
        let addresses =
            try network.map { (0..<plan.servers).map($0.address(of:)) }
            ?? NodeProcesses.freeAddresses(plan.servers)
        var links: StoreLinks?
        if let conditions = plan.links, network?.shape == nil {
            links = try StoreLinks(
                conditions, between: addresses, at: network?.clients,
                seed: plan.seed.derived(for: "links"))
        }
        let processes = try NodeProcesses(
            program: plan.program, addresses: addresses,
            members: links.map { links in addresses.indices.map(links.members(seenBy:)) },
            options: plan.options, network: network, later: plan.joiners,
            below: plan.directory, units: plan.units)
        return (network, links, processes)
    }

    deinit {
        for client in loaders + auditors { client.stop(abruptly: true) }
        processes.stop()
        links?.stop()
    }

    /// Waits until every client has been answered so often, and for so long at least.
    func warmUp(answers: Int = 20, for span: Span = .milliseconds(300)) throws {
        let begin = MonotonicClock.now
        let asking = plan.asksByItself ? loads + audits : audits
        try wait { asking.allSatisfy { $0.count >= answers } }
        Self.rest(until: begin + span)
    }

    /// Has auditors ask nothing more, and waits until all that they asked is answered.
    func silenceAuditors() throws {
        for auditor in auditors { auditor.ask(.stop) }
        try wait { audits.allSatisfy { $0.outstanding == 0 } }
    }

    /// Has those who load the store ask nothing more, and waits until all that they asked is answered.
    func rest() throws {
        for loader in loaders { loader.ask(.stop) }
        // Between an answer and the next request nothing is under way: twice in a row is the end.
        var looks = 0
        try wait {
            looks = loads.allSatisfy { $0.outstanding == 0 } ? looks + 1 : 0
            return looks > 1
        }
    }

    /// Has them go on after a rest, and waits until each is answered as often as it asks at once.
    func resume() throws {
        for log in loads { _ = log.takeAnswers() }
        for loader in loaders { loader.ask(.resume) }
        try wait { loads.allSatisfy { $0.count >= plan.window } }
    }

    /// What servers and clients could not send so far; of servers as of a moment ago.
    var dropped: DroppedMessages {
        let servers = processes.dropped()
        var sum = DroppedMessages()
        (sum.overflowed, sum.tooLong) = (servers.overflowed, servers.tooLong)
        return (loaders + auditors).reduce(sum) { $0 + DroppedMessages($1.statistics) }
    }

    /// The numbers that the system has for the servers' processes that are on this machine.
    var serverProcesses: [Int32] { (0..<processes.count).compactMap(processes.process) }

    /// Measures for a while.
    ///
    /// - Parameters:
    ///   - faults: what is done to servers meanwhile.
    ///   - shouldStop: asked now and then whether to end early.
    ///
    /// - Throws: `StoreFailure.gone` where a server has ended that nobody killed, and others.
    func measure(
        for span: Span, faults: [StoreFault] = [], shouldStop: () -> Bool = { false }
    ) throws -> StoreMeasurement {
        for log in loads + audits { _ = log.takeAnswers() }
        let begin = MonotonicClock.now
        var schedule = FaultSchedule(faults, from: begin, on: processes, over: links)
        defer { schedule.abandon() }
        while MonotonicClock.now < begin + span || !schedule.isOver {
            if shouldStop() { break }
            let now = MonotonicClock.now
            try check()
            try schedule.step()
            // Past the end only faults are waited for.
            Self.rest(until: now + .milliseconds(1))
        }
        let end = MonotonicClock.now
        schedule.abandon()
        try check()
        return StoreMeasurement(
            begin: begin, end: end, load: loads.flatMap { $0.takeAnswers() },
            audited: audits.flatMap { $0.takeAnswers() }, faults: schedule.done,
            linkKind: plan.links.map { _ in network?.shape == nil ? .relay : .netem },
            relayed: links?.statistics)
    }

    /// Ends the load, lets auditors ask once more for a while, reads all their keys, and checks what
    /// they heard from the beginning, and where the writes of all clients stand in the log.
    ///
    /// - Throws: `StoreFailure` where what they heard is not linearizable, or writes stand where they
    ///   cannot.
    func audit() throws -> StoreAudit {
        for loader in loaders { loader.ask(.stop) }
        for log in audits { _ = log.takeAnswers() }
        for auditor in auditors { auditor.ask(.resume) }
        try wait { audits.allSatisfy { $0.count >= 20 } }
        try silenceAuditors()
        let keys = Self.firstAuditedKey..<Self.firstAuditedKey + Self.auditedKeys
        let begin = MonotonicClock.now
        for key in keys { auditors[0].ask(.perform(key: key, .read)) }
        try wait { audits[0].hasRead(keys, since: begin) }
        try check()
        let (verdict, operations) = try registerVerdict(of: audits)
        if let violation = verdict.violation { throw StoreFailure.violated("\(violation)") }
        guard verdict.isLinearizable else { throw StoreFailure.unknown(operations: operations) }
        let writes = try WrittenPlaces.check((loads + audits).map(\.places))
        return StoreAudit(operations: operations, writes: writes)
    }

    /// Looks whether all is there that nobody took away.
    func check() throws {
        if let (server, how) = processes.ownEnd() {
            throw StoreFailure.gone(server: server, how: "\(how)")
        }
        // Without its links a store is silent, which would be told of the store.
        try links?.check()
    }

    /// Looks every millisecond whether something is so.
    ///
    /// - Throws: `StoreFailure.silent` where it is not for as long as clients may go without an answer.
    func wait(until condition: () -> Bool) throws {
        let deadline = MonotonicClock.now + Span(seconds: Self.silence)
        while !condition() {
            try check()
            guard MonotonicClock.now < deadline else {
                throw StoreFailure.silent(seconds: Self.silence, dropped: dropped)
            }
            usleep(1000)
        }
    }

    private static func rest(until moment: Moment) {
        ReplicationProcesses.rest(moment - MonotonicClock.now)
    }
}

/// Makes clients of a store.
private struct StoreCrowd {
    private let plan: StorePlan
    private let peers: [NodeID: Address]
    private let transport: Network.Transport

    init(_ plan: StorePlan, addresses: [String]) throws {
        self.plan = plan
        transport = try plan.transport.transport()
        var peers: [NodeID: Address] = [:]
        for (place, text) in addresses.enumerated() {
            peers[NodeID(place: place)] = try Address(parsing: text)
        }
        self.peers = peers
    }

    /// Clients that are the nodes from `first` on, ask what `load` says, if anything, and tell a log each. They share a
    /// thread, as those of other servers do that are measured.
    func clients(
        _ first: Int, _ load: ClientLoad?, _ logs: [ClientLog]
    ) throws -> [any StoreClient] {
        switch plan.replication {
        case .quorum: try clients(of: QuorumMessage.self, first, load, logs)
        case .chain: try clients(of: ChainMessage.self, first, load, logs)
        }
    }

    private func clients<Message: ClientMessaging & WireCodable>(
        of message: Message.Type, _ first: Int, _ load: ClientLoad?, _ logs: [ClientLog]
    ) throws -> [any StoreClient] {
        guard !logs.isEmpty else { return [] }
        let group = try RunningNodeGroup<KeyedClient<Message>>(
            logs.indices.map { node(first + $0, load) },
            applications: logs.map { log in EventSink { event, now in log.note(event, at: now) } })
        return group.members
    }

    private func node<Message: ClientMessaging & WireCodable>(
        _ place: Int, _ load: ClientLoad?
    ) -> NodePlan<KeyedClient<Message>> {
        let id = NodeID(place: place)
        var settings = ClientSettings(
            cluster: ClusterID(StorePlan.cluster), servers: peers.keys.sorted())
        settings.patience = plan.patience
        // Every member of a chain answers reads, and the tail what the head has taken.
        if plan.replication == .chain {
            (settings.reads, settings.isAnsweredByOthers) = (.anywhere, true)
        }
        settings.load = load
        let (shared, seed) = (settings, plan.seed.derived(for: place))
        return NodePlan(
            options: NodeOptions(
                id: id, cluster: shared.cluster, peers: peers, transport: transport),
            seed: seed,
            make: { _ in KeyedClient(id, settings: shared, seed: seed) })
    }
}
