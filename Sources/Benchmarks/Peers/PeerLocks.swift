import Measurement
import PeerServers
import Quantities

/// One lock of servers that agree by majority, which its clients take and give back at once: a mutual
/// exclusion that people run, for one client alone and handed over among many.
enum PeerLocks {
    /// Parameters that both of them have.
    static let parameters = [
        ParameterSpecification(
            "clients", "who wants the lock, all served by one thread that waits for any of them",
            .integer(1...256), default: "1"),
        PeerSetting.turnParameter, ConsensusPeer.membersParameter,
    ]

    static let metrics = [
        MetricSpecification(
            "latency", .nanoseconds, .lower, .sampled,
            "time to take the lock and give it back, where nobody else wants it; only there"),
        MetricSpecification(
            "throughput", .operationsPerSecond, .higher, .sampled,
            "locks that were had and given back a second, mean of a turn (a closed loop)"),
        MetricSpecification(
            "over-floor", .ratio, .lower, .sampled,
            "time over that of the echo in the same round"),
        MetricSpecification(
            "floor", .nanoseconds, .neither, .sampled,
            "the bytes that ask for the lock, to and from an echo, by the same client"),
    ]

    /// What bounds the figures from below, in words.
    static let floor = "a round trip of the bytes that ask for the lock to an echo over loopback"

    /// Measures clients of a lock that `start` starts servers for.
    static func measure<Client: MeasuredClient>(
        _ name: String, in context: ForkContext, into recorder: inout Recorder,
        likeness: (Client) -> FixedExchange,
        start: (PeerSetting) throws -> (
            makeClient: (LockOrder) throws -> Client, servers: AnyObject, facts: [String]
        )
    ) throws {
        try ConsensusPeer.measure(
            name, in: context, isDurable: true, isCounting: false, into: &recorder,
            likeness: likeness
        ) { setting in
            let (makeClient, servers, facts) = try start(setting)
            let order = LockOrder(of: name)
            return (try (0..<setting.clients).map { _ in try makeClient(order) }, servers, facts)
        }
    }
}

/// Locks of etcd's lock service.
enum EtcdLock: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.etcd.lock",
        summary: "one lock of an etcd cluster of the suite's own, taken and given back",
        parameters: PeerLocks.parameters, metrics: PeerLocks.metrics,
        processingUnits: 1, floor: PeerLocks.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try PeerLocks.measure(
            "etcd", in: context, into: &recorder,
            likeness: { (client: EtcdLockClient) in client.likeness }
        ) { setting in
            let cluster = try EtcdCluster(
                below: setting.directory, members: context.integer("members"),
                units: setting.units)
            return (
                { try cluster.lockClient(ConsensusPeer.key, order: $0) }, cluster,
                cluster.facts + ["clients at the leader"]
            )
        }
    }
}

/// Locks of ZooKeeper by the recipe of its documentation.
enum ZooKeeperLock: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.zookeeper.lock",
        summary: "one lock of a ZooKeeper ensemble of the suite's own, taken and given back",
        parameters: PeerLocks.parameters, metrics: PeerLocks.metrics,
        processingUnits: 1, floor: PeerLocks.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try PeerLocks.measure(
            "zookeeper", in: context, into: &recorder,
            likeness: { (client: ZooKeeperLockClient) in client.likeness }
        ) { setting in
            let ensemble = try ZooKeeperEnsemble(
                below: setting.directory, members: context.integer("members"),
                units: setting.units)
            return (
                { try ensemble.lockClient(ConsensusPeer.key, order: $0) }, ensemble,
                ensemble.facts
            )
        }
    }
}
