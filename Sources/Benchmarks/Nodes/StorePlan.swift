import Cluster
import Hardware
import Network
import PeerServers
import Randomness
import StateMachines

/// A replicated store over processes, of this machine or of other hosts, and who asks it.
struct StorePlan: Sendable {
    var replication: Replication
    /// How many servers have a copy, 1 to 15.
    var replicas = 3
    /// How many servers more are there to join later; only on this machine.
    var joiners = 0
    var durability: JournalDurability
    /// The silence after which servers take over from another.
    var failureTimeout: Span
    /// Clients that write as fast as they are answered, each from a thread of its own.
    var clients = 1
    /// Requests that each of them has under way.
    var window = 1
    /// Whether they write by themselves, or wait for what they are to ask.
    var asksByItself = true
    /// The bytes of a value that they write, 12 at least.
    var payload = 16
    /// What links between servers, and between them and clients, are like; nil for none: they are called
    /// where they listen.
    var links: LinkConditions?
    /// What makes the links.
    var linkKind = LinkKind.auto
    /// Whether each server has a network namespace of its own; for root alone.
    var isIsolated = false
    /// The hosts that servers are on; empty for this machine.
    var hosts: [RemoteHost] = []
    /// The program that connects to hosts, and its options.
    var ssh: [String] = []
    /// From which clients draw what they ask, and links what they lose.
    var seed: Seed
    /// What servers' and clients' connections go over.
    var transport = TransportRequest()
    /// Below which servers have directories of their own.
    var directory: String
    /// Where servers may run; anywhere where it is empty.
    var units: CPUSet = []
    /// The program that serves as `nilometer node`.
    var program = BenchmarkProcesses.currentProgram

    /// What follows `nilometer node --id … --members …`.
    var options: [String] {
        [
            "--protocol", replication.rawValue, "--durability", durability.rawValue,
            "--cluster", "\(Self.cluster)", "--failure-timeout",
            "\(failureTimeout.nanoseconds) ns",
        ] + joining + transport.options
    }

    /// How many servers there are in the end.
    var servers: Int { replicas + joiners }

    private var joining: [String] {
        guard joiners > 0 else { return [] }
        return ["--joiners", (replicas..<servers).map { "\($0)" }.joined(separator: ",")]
    }

    /// The number of every such cluster: its ports tell it from others.
    static let cluster: UInt64 = 0x4E_11

    /// How long a client waits before it asks another server.
    var patience: Span { max(.milliseconds(20), failureTimeout / 2) }
}

/// What makes links.
enum LinkKind: String, Hashable, Sendable, CaseIterable {
    /// netem where servers have namespaces and the kernel has it, else a relay.
    case auto
    /// A thread of the clients' process that passes bytes on when they are due.
    case relay
    /// The kernel, for packets; only between namespaces.
    case netem
}

/// Something that is done to a server while it is asked.
struct StoreFault: Hashable, Sendable {
    /// What is done.
    enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Killed, as by SIGKILL; started again with its records where it does not last for ever.
        case kill
        /// Stopped where it stands, until it is let go on.
        case freeze
        /// Cut off from all others: the links to them pass nothing.
        case cut
        /// All its connections end, at both ends.
        case reset

        /// Whether it is done to links.
        var needsLinks: Bool { self == .cut || self == .reset }
    }

    /// Which links of a server that is cut off.
    enum Direction: String, Hashable, Sendable, CaseIterable {
        /// Those from it and those to it.
        case both
        /// Those to it: it hears nothing, and is heard.
        case `in`
        /// Those from it: it is not heard, and hears.
        case out
    }

    let kind: Kind
    /// The role of the server at that time.
    let role: ServerRole
    /// When, from the beginning of the measurement.
    let start: Span
    /// For how long; nil for a kill for good, and for what takes no time.
    var lasting: Span?
    /// Of one that is cut off.
    var direction = Direction.both
}

/// Why a store over processes gave no figures.
public enum StoreFailure: Error, CustomStringConvertible {
    /// Clients were not answered for so long; what nodes could not send until then.
    case silent(seconds: Double, dropped: DroppedMessages = DroppedMessages())
    /// What clients heard is nothing that registers could have told them.
    case violated(String)
    /// A server's process has ended, and nobody killed it; `how`, where that is known.
    case gone(server: Int, how: String? = nil)
    /// A fault waited for so long for a server that has its role.
    case vacant(role: String, seconds: Double)
    /// Writes were acknowledged at places of the log at which they cannot all stand.
    case misplaced(String)
    /// The search for an order of what they heard was given up.
    case unknown(operations: Int)

    /// One line: what failed.
    public var description: String {
        switch self {
        case .silent(let seconds, let dropped):
            "clients of the store were not answered for \(seconds) s"
                + (dropped.isEmpty ? "" : "; nodes dropped \(dropped.text)")
        case .violated(let what):
            "what clients heard of the store is not linearizable, so that it has no figures: \(what)"
        case .gone(let server, let how):
            "the process of server \(server) has ended" + (how.map { ": \($0)" } ?? "")
        case .vacant(let role, let seconds):
            "no server was \(role) for \(seconds) s that was neither frozen nor cut off"
        case .misplaced(let what):
            "writes of the store are not where it said, so that it has no figures: \(what)"
        case .unknown(let operations):
            "whether the \(operations) operations of clients are linearizable was not found out"
        }
    }
}
