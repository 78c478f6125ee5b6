import Cluster
public import Randomness
import StateMachines

/// A replicated store over processes, what is done to it and for how long, in the words of a user.
public struct ClusterRequest: Sendable {
    /// `chain` or `quorum`.
    public var replication = "quorum"
    /// How many servers; nil for 3, or one for each host.
    public var nodes: Int?
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
    /// Roles whose server is killed, for a time or for good: `ROLE[@TIME][+TIME]`.
    public var kills: [String] = []
    /// Roles whose server is frozen: `ROLE[@TIME][+TIME]`.
    public var freezes: [String] = []
    /// Roles whose server is cut off from all others: `ROLE[@TIME][+TIME][:in|:out]`.
    public var cuts: [String] = []
    /// Roles whose server loses all its connections: `ROLE[@TIME]`.
    public var resets: [String] = []
    /// `process` for servers on loopback, `namespace` for a network namespace for each.
    public var isolation = "process"
    /// A file with the hosts that servers are on, by its name, and what it says; nil for this machine.
    public var hosts: (name: String, text: String)?
    /// The program that connects to hosts, with its options, words parted by spaces.
    public var ssh = "ssh"
    /// What makes links: `auto`, `relay` or `netem`.
    public var linkKind = "auto"
    /// The round-trip time of links, with its unit; nil for no links, unless something else is asked of
    /// them.
    public var roundTrip: String?
    /// By how much messages come sooner or later, one way, with its unit.
    public var jitter: String?
    /// The share of segments that are lost, with its unit.
    public var loss: String?
    /// What a link takes, one way, with its unit.
    public var rate: String?
    /// The directory below which servers have theirs.
    public var directory = "."

    /// Three servers on this machine, asked for five seconds.
    public init() {}

    /// A trial of it.
    ///
    /// - Throws: what is wrong, where, and what was expected, in a line.
    public func trial(seed: Seed) throws(NodeRefusal) -> ClusterTrial {
        try check(nodes ?? 3, "--nodes", 1...Self.mostNodes)
        let hosts = try remoteHosts()
        let nodes = nodes ?? (hosts.isEmpty ? 3 : hosts.count)
        try check(nodes, "hosts", 1...Self.mostNodes)
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
        let faults = try faults(within: span, of: nodes)
        let silence = try NodeRefusal.span(
            failureTimeout, "--failure-timeout", from: .milliseconds(10), to: .seconds(60))
        var plan = StorePlan(
            replication: replication, durability: durability,
            failureTimeout: silence, seed: seed, directory: directory)
        plan.links = try links(within: silence)
        (plan.isIsolated, plan.linkKind) = (try isIsolated(), try kindOfLinks())
        (plan.hosts, plan.ssh) = (hosts, ssh.split(separator: " ").map(String.init))
        (plan.replicas, plan.clients) = (nodes, clients)
        (plan.window, plan.payload) = (window, payload)
        _ = try transport.transport()
        plan.transport = transport
        return ClusterTrial(plan: plan, span: span, faults: faults)
    }

    private static let mostNodes = 15

    private func check(
        _ number: Int, _ option: String, _ range: ClosedRange<Int>
    ) throws(NodeRefusal) {
        guard range.contains(number) else {
            throw NodeRefusal(
                "\(option): '\(number)', expected \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
