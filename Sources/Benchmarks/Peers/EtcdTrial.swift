import Hardware
import Measurement
import PeerServers
import Quantities

/// What the benchmarks have in common that do something to members of an etcd cluster.
enum EtcdTrial {
    /// What says how soon members notice that another one is gone. The defaults are those of etcd's authors.
    static let timing = [
        ParameterSpecification(
            "heartbeat", "how often members hear of their leader",
            .duration(.milliseconds(1) ... .seconds(5)), default: "100ms"),
        ParameterSpecification(
            "election-timeout",
            "how long members hear of no leader before they elect one, at least; by chance up to "
                + "twice as long",
            .duration(.milliseconds(10) ... .seconds(50)), default: "1s"),
    ]

    static let members = ParameterSpecification(
        "members", "servers that agree by majority", .integer(3...9), default: "3")

    static let payload = ParameterSpecification(
        "payload", "bytes of a value that is written", .integer(1...8192), default: "256")

    /// Why parameters of ``timing`` do not go together, as etcd has it; nil where they do.
    static func contradiction(in parameters: ParameterSet) -> String? {
        let (heartbeat, election) = (
            milliseconds("heartbeat", in: parameters),
            milliseconds("election-timeout", in: parameters)
        )
        guard heartbeat > 0, election >= 5 * heartbeat else {
            return "an election-timeout of \(election) ms with a heartbeat of \(heartbeat) ms; "
                + "expected at least five heartbeats, in whole milliseconds"
        }
        return nil
    }

    private static func milliseconds(_ name: String, in parameters: ParameterSet) -> Int {
        let time = parameters[name].flatMap { try? Nanoseconds(parsing: $0) } ?? Nanoseconds(0)
        return Int(time.rawValue / 1e6)
    }

    /// Lets `body` do something to a cluster in a directory of the fork's own, on the processing units
    /// beside the client's where there are others. Where etcd or its network cannot be had, notes why.
    ///
    /// - Parameter isOnNetwork: whether members can be cut off from each other.
    static func with(
        in context: ForkContext, isOnNetwork: Bool = false, into recorder: inout Recorder,
        _ body: (EtcdCluster, inout Recorder) throws -> Void
    ) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let cluster: EtcdCluster
        do {
            cluster = try start(context, isOnNetwork, below: directory.path)
        } catch let failure as PeerFailure where failure.isAbsence {
            recorder.note("etcd: unavailable, \(failure)")
            return
        }
        defer { cluster.stop() }
        let timing = cluster.timing
        recorder.note("etcd: \(cluster.facts.joined(separator: ", "))")
        recorder.note(
            "a heartbeat every \(timing.heartbeat) ms, an election after \(timing.election) ms of "
                + "silence at least; all else as its authors have it")
        recorder.note(
            "all members on one machine, "
                + (isOnNetwork
                    ? "each in a network namespace of its own, with a cable to a switch"
                    : "without a network between")
                + "; clients of one thread on processing unit \(context.processingUnit)")
        recorder.note(
            "durability class of the measured directory: \(context.request.directory.durability)")
        try body(cluster, &recorder)
    }

    private static func start(
        _ context: ForkContext, _ isOnNetwork: Bool, below directory: String
    ) throws -> EtcdCluster {
        let count = context.integer("members")
        var timing = EtcdTiming()
        if context.request.parameters["heartbeat"] != nil {
            timing = EtcdTiming(
                heartbeat: milliseconds("heartbeat", in: context.request.parameters),
                election: milliseconds("election-timeout", in: context.request.parameters))
        }
        let network = isOnNetwork ? try SwitchedNetwork(places: count) : nil
        let allowed = try ThreadBinding.allowedPUs()
        let others = CPUSet(allowed.indexes.filter { $0 != context.processingUnit })
        return try EtcdCluster(
            below: directory, members: count, units: others.isEmpty ? allowed : others,
            timing: timing, network: network)
    }

    /// Clients of all members, each of which has been answered often enough to be warm.
    static func prober(
        of cluster: EtcdCluster, in context: ForkContext
    ) throws -> EtcdProber {
        let prober = EtcdProber(of: cluster, payload: context.integer("payload"))
        for member in cluster.endpoints.indices {
            var answers = 0
            _ = try prober.first("twenty answers of member \(member)") { answer in
                answers += answer.member == member && answer.saying == .acknowledged ? 1 : 0
                return answers == 20
            }
        }
        return prober
    }

    /// Lets clients write for a while that differs from time to time, so that what follows comes at any moment
    /// between two heartbeats.
    static func pass<Generator: RandomNumberGenerator>(
        _ prober: EtcdProber, _ timing: EtcdTiming, _ generator: inout Generator
    ) throws {
        let chance = Int.random(in: 0..<(1000 * timing.heartbeat), using: &generator)
        _ = try prober.go(
            on: Duration.milliseconds(2 * timing.heartbeat) + Duration.microseconds(chance))
    }
}

extension Duration {
    /// So many nanoseconds.
    var inNanoseconds: Double { self / .nanoseconds(1) }
}
