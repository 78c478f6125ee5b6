import Measurement
import PeerServers

/// Durable sets of one node of a ZooKeeper ensemble.
enum ZooKeeperSet: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.zookeeper.set",
        summary: "sets of one node of a ZooKeeper ensemble of the suite's own, over loopback",
        parameters: ConsensusPeer.parameters, metrics: PeerSetting.metrics,
        processingUnits: 1, floor: PeerSetting.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let value = ConsensusPeer.value(in: context)
        try ConsensusPeer.measure(
            "zookeeper", in: context, isDurable: true, isCounting: true, into: &recorder,
            likeness: { (client: ZooKeeperClient) in client.likeness }
        ) { setting in
            let ensemble = try ZooKeeperEnsemble(
                below: setting.directory, members: context.integer("members"),
                units: setting.units)
            let clients = try (0..<setting.clients).map { _ in
                try ensemble.client(
                    .set(value), of: ConsensusPeer.key, pipeline: setting.pipeline)
            }
            return (clients, ensemble, ensemble.facts)
        }
    }
}

/// Reads of one node of a ZooKeeper ensemble, which the server that is asked answers by itself: a read may
/// be older than a write that somebody else has finished.
enum ZooKeeperGet: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.zookeeper.get",
        summary: "reads of one node of a ZooKeeper ensemble of the suite's own, over loopback",
        parameters: ConsensusPeer.parameters, metrics: PeerSetting.metrics,
        processingUnits: 1, floor: PeerSetting.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let value = ConsensusPeer.value(in: context)
        try ConsensusPeer.measure(
            "zookeeper", in: context, isDurable: false, isCounting: false, into: &recorder,
            likeness: { (client: ZooKeeperClient) in client.likeness }
        ) { setting in
            let ensemble = try ZooKeeperEnsemble(
                below: setting.directory, members: context.integer("members"),
                units: setting.units)
            _ = try ensemble.client(.set(value), of: ConsensusPeer.key, pipeline: 1)
            let clients = try (0..<setting.clients).map { _ in
                try ensemble.client(
                    .get(value), of: ConsensusPeer.key, pipeline: setting.pipeline)
            }
            return (clients, ensemble, ensemble.facts)
        }
    }
}
