import Cluster
public import Randomness
import StateMachines

/// A replicated store over processes, what is done to it and for how long, in the words of a user.
public struct ClusterRequest: Sendable {
    /// `chain` or `quorum`.
    public var replication = "quorum"
    /// How many servers.
    public var nodes = 3
    /// `none`, `group` or `each`.
    public var durability = "group"
    /// The silence after which servers take over, with its unit.
    public var failureTimeout = "500ms"
    /// Clients that load it.
    public var clients = 1
    /// Requests that each has under way.
    public var window = 16
    /// Bytes of a value.
    public var payload = 16
    /// How long it is measured, with its unit.
    public var duration = "5s"
    /// What connections go over; of certificates one for all servers and clients.
    public var transport = TransportRequest()
    /// Roles whose server is killed: `ROLE[@TIME]`.
    public var kills: [String] = []
    /// Roles whose server is frozen: `ROLE[@TIME][+TIME]`.
    public var freezes: [String] = []
    /// The directory below which servers have theirs.
    public var directory = "."

    /// Three servers, asked for five seconds.
    public init() {}

    /// A trial of it.
    ///
    /// - Throws: what is wrong, where, and what was expected, in a line.
    public func trial(seed: Seed) throws(NodeRefusal) -> ClusterTrial {
        try check(nodes, "--nodes", 1...15)
        try check(clients, "--clients", 1...64)
        try check(window, "--window", 1...1024)
        try check(payload, "--payload", 12...1 << 16)
        guard let replication = Replication(rawValue: replication) else {
            throw NodeRefusal("--protocol: '\(replication)', expected chain or quorum")
        }
        guard let durability = JournalDurability(rawValue: durability) else {
            throw NodeRefusal("--durability: '\(durability)', expected none, group or each")
        }
        let span = try NodeRefusal.span(
            duration, "--duration", from: .milliseconds(100), to: .seconds(3600))
        var faults: [StoreFault] = []
        for kill in kills { faults.append(try fault(.kill, kill, "--kill", within: span)) }
        for freeze in freezes {
            faults.append(try fault(.freeze, freeze, "--freeze", within: span))
        }
        guard faults.count(where: { $0.kind == .kill }) <= (nodes - 1) / 2 else {
            throw NodeRefusal(
                "--kill: \(kills.count) of \(nodes) servers, expected fewer than half, without whom "
                    + "the others go on")
        }
        var plan = StorePlan(
            replication: replication, durability: durability,
            failureTimeout: try NodeRefusal.span(
                failureTimeout, "--failure-timeout", from: .milliseconds(10), to: .seconds(60)),
            seed: seed, directory: directory)
        (plan.replicas, plan.clients) = (nodes, clients)
        (plan.window, plan.payload) = (window, payload)
        _ = try transport.transport()
        plan.transport = transport
        return ClusterTrial(plan: plan, span: span, faults: faults)
    }

    private func check(
        _ number: Int, _ option: String, _ range: ClosedRange<Int>
    ) throws(NodeRefusal) {
        guard range.contains(number) else {
            throw NodeRefusal(
                "\(option): '\(number)', expected \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// Who may be meant by a protocol.
    private var roles: [ServerRole] {
        replication == Replication.chain.rawValue
            ? (nodes > 2 ? [.head, .middle, .tail] : [.head, .tail].prefix(nodes).map { $0 })
            : (nodes > 1 ? [.leader, .follower] : [.leader])
    }

    /// The fault that `ROLE[@TIME][+TIME]` says: after a third of the span, and for a third of it, where it
    /// does not say.
    private func fault(
        _ kind: StoreFault.Kind, _ text: String, _ option: String, within span: Span
    ) throws(NodeRefusal) -> StoreFault {
        var rest = Substring(text)
        var lasting: Span?
        if let plus = rest.firstIndex(of: "+") {
            guard kind == .freeze else {
                throw NodeRefusal(
                    "\(option): '\(text)', expected ROLE[@TIME]: one that is killed stays so")
            }
            lasting = try NodeRefusal.span(
                String(rest[plus...].dropFirst()), option, from: .milliseconds(1), to: span)
            rest = rest[..<plus]
        }
        var start: Span?
        if let sign = rest.firstIndex(of: "@") {
            start = try NodeRefusal.span(
                String(rest[sign...].dropFirst()), option, from: .zero, to: span)
            rest = rest[..<sign]
        }
        guard let role = ServerRole(rawValue: String(rest)), roles.contains(role) else {
            let names = roles.map(\.rawValue).joined(separator: ", ")
            throw NodeRefusal("\(option): '\(rest)', expected one of \(names)")
        }
        return StoreFault(
            kind: kind, role: role, start: start ?? span / 3, lasting: lasting ?? span / 3)
    }
}
