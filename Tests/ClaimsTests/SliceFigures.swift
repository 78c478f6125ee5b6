import Foundation
import Runs

/// Figures such as a machine with two virtual cores and a virtual disk gives.
enum SliceFigures {
    static func all() throws -> [Figure] {
        try channels() + ring() + storage() + peers() + configuration() + workers()
            + numbers() + rings() + replication()
    }

    private static func figures(
        _ workload: String, _ metric: String, _ unit: String, _ value: Double,
        _ parameters: String
    ) throws -> [Figure] {
        try Examples.figures(
            value, (value * 0.98)...(value * 1.02), workload: workload, metric: metric, unit: unit,
            parameters)
    }

    private static func channels() throws -> [Figure] {
        var rows: [Figure] = []
        for (placement, latency, rate) in [
            ("smt", 25.0, 2e8), ("l3", 66, 1.5e8), ("far", 350, 4e7),
        ] {
            let parameters = "contender=nilometer;placement=\(placement);wait=busy-spin"
            rows += try figures("channel.spsc.latency", "latency", "ns", latency, parameters)
            for (batch, factor) in [(1, 1.0), (256, 4)] {
                rows += try figures(
                    "channel.spsc.throughput", "throughput", "msgs/s", rate * factor,
                    "batch=\(batch);\(parameters)")
            }
            for (capacity, factor) in [(64, 1.0), (65_536, 1.4)] {
                rows += try figures(
                    "channel.spsc.capacity", "throughput", "msgs/s", rate * factor,
                    "batch=1;capacity=\(capacity);\(parameters)")
            }
        }
        return rows
    }

    private static func ring() throws -> [Figure] {
        var rows: [Figure] = []
        for (nodes, ours, map) in [(10, 2.6, 45.0), (100, 4.1, 120), (1000, 8.2, 310)] {
            for (contender, latency) in [("nilometer", ours), ("ordered-map", map)] {
                for batch in [1, 16] {
                    let parameters =
                        "batch=\(batch);contender=\(contender);nodes=\(nodes);virtual-nodes=160"
                    rows += try figures("ring.lookup", "latency", "ns", latency, parameters)
                    rows += try figures(
                        "ring.lookup", "throughput", "ops/s", 1e9 / latency, parameters)
                }
            }
        }
        for nodes in [10, 100] {
            for virtualNodes in [4, 160, 10_240] {
                let spread = 97 / Double(virtualNodes).squareRoot()
                let parameters = "nodes=\(nodes);virtual-nodes=\(virtualNodes)"
                rows += try figures("ring.balance", "spread", "percent", spread, parameters)
                rows += try figures(
                    "ring.balance", "max-over-mean", "ratio", 1 + spread / 50, parameters)
            }
        }
        for (nodes, time) in [(100, 2e6), (1000, 25e6)] {
            rows += try figures(
                "ring.build", "time", "ns", time,
                "contender=build;nodes=\(nodes);virtual-nodes=160")
        }
        return try rows + relocation()
    }

    private static func relocation() throws -> [Figure] {
        var rows: [Figure] = []
        for nodes in [3, 100] {
            for (change, share) in [("join", 1 / Double(nodes + 1)), ("leave", 1 / Double(nodes))] {
                for replicas in [1, 3] {
                    let parameters =
                        "change=\(change);nodes=\(nodes);replicas=\(replicas);virtual-nodes=160"
                    rows += try figures(
                        "ring.relocation", "moved", "percent", 100 * share * Double(replicas),
                        parameters)
                    for (metric, unit, value) in [
                        ("untouched-moved", "keys", 0.0),
                        ("distinct-replicas", "nodes", Double(replicas)),
                    ] {
                        rows += try Examples.figures(
                            value, workload: "ring.relocation", metric: metric, unit: unit,
                            statistic: "exact", parameters)
                    }
                }
            }
        }
        return rows
    }

    private static func storage() throws -> [Figure] {
        var rows: [Figure] = []
        let persistence = "durability-class=device-volatile-cache"
        for (contender, latency) in [("io_uring", 240_000.0), ("pwrite", 190_000)] {
            let each = "callers=1;contender=\(contender);durability=each;\(persistence)"
            rows += try figures(
                "storage.append", "latency", "ns", latency * 1.4, "\(each);payload=4096")
            rows += try figures(
                "storage.append.byte", "latency", "ns", latency, "\(each);payload=1")
            rows += try figures(
                "storage.append.byte", "throughput", "ops/s", 1e9 / latency, "\(each);payload=1")
            for callers in [8, 64] {
                rows += try figures(
                    "storage.append.group", "throughput", "ops/s",
                    0.9e9 / latency * Double(callers),
                    "callers=\(callers);contender=\(contender);durability=group;\(persistence);"
                        + "payload=1")
            }
        }
        return rows
    }

    private static func peers() throws -> [Figure] {
        let server = "contender=redis-server;transport=tcp"
        return try figures(
            "peer.redis.get", "latency", "ns", 30_000, "clients=1;pipeline=1;\(server)")
            + figures(
                "peer.redis.get.throughput", "throughput", "ops/s", 600_000,
                "clients=64;pipeline=16;\(server)")
            + consensusPeers()
    }

    private static func consensusPeers() throws -> [Figure] {
        let one = "clients=1;contender=etcd;members=3;pipeline=1"
        var rows = try figures("peer.etcd.put", "latency", "ns", 1.1e6, one)
        for (consistency, latency) in [("linearizable", 3e5), ("serializable", 1e5)] {
            rows += try figures(
                "peer.etcd.get", "latency", "ns", latency, "\(one);consistency=\(consistency)")
        }
        for (workload, contender, rate) in [
            ("peer.etcd.put.throughput", "etcd", 5800.0),
            ("peer.zookeeper.set.throughput", "zookeeper", 7000),
        ] {
            rows += try figures(
                workload, "throughput", "ops/s", rate,
                "clients=64;contender=\(contender);members=3;pipeline=1")
        }
        let lock = "contender=zookeeper;members=3"
        rows += try figures("peer.zookeeper.lock", "latency", "ns", 4e6, "clients=1;\(lock)")
        rows += try figures("peer.zookeeper.lock", "throughput", "ops/s", 137, "clients=10;\(lock)")
        return try rows + etcdFaults()
    }

    /// What etcd does when its members are killed, cut off or started again, and of holders of leases.
    private static func etcdFaults() throws -> [Figure] {
        var rows: [Figure] = []
        for (timeout, outage) in [("1s", 1.45e9), ("2s", 2.9e9)] {
            rows += try figures(
                "peer.etcd.election", "outage", "ns", outage,
                "election-timeout=\(timeout);heartbeat=100ms;members=3;payload=256")
        }
        for (state, time) in [(16, 0.4e9), (128, 0.8e9)] {
            rows += try figures(
                "peer.etcd.restore", "restore", "ns", time,
                "cache=cold;members=3;missed=1;state=\(state)")
        }
        rows += try figures(
            "peer.etcd.partition", "unavailable", "percent", 30, "cut=5s;members=3")
        return try rows
            + figures(
                "peer.etcd.lease", "detection", "ns", 1.9e9, "holders=1000;members=3;ttl=1")
    }

    private static func configuration() throws -> [Figure] {
        var rows: [Figure] = []
        for (metric, unit, value) in [
            ("io-workers", "workers", 4.0), ("accelerator-workers", "workers", 2),
            ("affinity", "switch", 1),
        ] {
            for machine in ["example", "cores-17"] {
                rows += try Examples.figures(
                    value, workload: "engine.configuration", metric: metric, unit: unit,
                    statistic: "exact", "machine=\(machine)")
            }
        }
        return rows
    }
}
