import Measurement
import PeerServers

/// Durable puts of one key into an etcd cluster: what a write by majority costs in a store that people
/// run.
enum EtcdPut: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.etcd.put",
        summary: "puts of one key into an etcd cluster of the suite's own, over loopback",
        parameters: ConsensusPeer.parameters, metrics: PeerSetting.metrics,
        processingUnits: 1, floor: PeerSetting.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let value = ConsensusPeer.value(in: context)
        try ConsensusPeer.measure(
            "etcd", in: context, isDurable: true, isCounting: true, into: &recorder,
            likeness: { (client: EtcdClient) in client.likeness }
        ) { setting in
            let cluster = try EtcdCluster(
                below: setting.directory, members: context.integer("members"),
                units: setting.units)
            let clients = try (0..<setting.clients).map { _ in
                try cluster.client(
                    .put(value), of: ConsensusPeer.key, pipeline: setting.pipeline)
            }
            return (clients, cluster, cluster.facts + ["clients at the leader"])
        }
    }
}

/// Reads of one key of an etcd cluster: what it takes to ask a central coordinator that is not mistaken.
enum EtcdGet: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.etcd.get",
        summary: "reads of one key of an etcd cluster of the suite's own, over loopback",
        parameters: ConsensusPeer.parameters + [
            ParameterSpecification(
                "consistency",
                "confirmed by a majority, or as the member that is asked knows it",
                .choice(["linearizable", "serializable"]), default: "linearizable")
        ],
        metrics: PeerSetting.metrics,
        processingUnits: 1, floor: PeerSetting.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let value = ConsensusPeer.value(in: context)
        let isLinearizable = context.text("consistency") == "linearizable"
        try ConsensusPeer.measure(
            "etcd", in: context, isDurable: false, isCounting: false, into: &recorder,
            likeness: { (client: EtcdClient) in client.likeness }
        ) { setting in
            let cluster = try EtcdCluster(
                below: setting.directory, members: context.integer("members"),
                units: setting.units)
            // Puts the value when it is made.
            _ = try cluster.client(.put(value), of: ConsensusPeer.key, pipeline: 1)
            let clients = try (0..<setting.clients).map { _ in
                try cluster.client(
                    .get(value, isLinearizable: isLinearizable), of: ConsensusPeer.key,
                    pipeline: setting.pipeline)
            }
            return (clients, cluster, cluster.facts + ["clients at the leader"])
        }
    }
}
