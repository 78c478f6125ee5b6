import Runs

/// Figures of simulated replication at round trips of 1 ms: their own times, which no machine changes.
extension SliceFigures {
    static func replication() throws -> [Figure] {
        try writesAndReads() + throughput() + faults()
            + sampled(
                "replication.chain.throughput", "throughput", "ops/s", 2e5,
                "durability=none;replicas=3")
            + sampled(
                "shen.append", "latency", "ns", 1.9e6,
                "durability=group;replicas=3;replication=chain;rivals=1")
            + sampled(
                "replication.join", "unserved", "ns", 4e6,
                "durability=group;protocol=chain;rate=1000;replicas=3")
            + log() + http()
    }

    private static func log() throws -> [Figure] {
        var rows = try sampled(
            "shen.failover", "outage", "ns", 190e6,
            "durability=group;replicas=3;role=head;silence=100ms")
        for (metric, rate) in [("write", 3e6), ("read", 6e6)] {
            rows += try sampled(
                "shen.throughput", metric, "ops/s", rate,
                "batch=1024;durability=none;payload=16;replicas=3;replication=chain;window=16")
        }
        return rows
    }

    private static func http() throws -> [Figure] {
        var rows: [Figure] = []
        for (statistic, latency) in [("p50", 12.5e3), ("p99", 22e3)] {
            rows += try sampled(
                "net.http.rtt", "latency", "ns", latency, statistic: statistic,
                "contender=nilometer-http;waiting=spinning")
        }
        return rows
    }

    private static func writesAndReads() throws -> [Figure] {
        var rows: [Figure] = []
        for (contender, latency) in [
            ("chain", 2.2e6), ("chain-durable", 2.6e6), ("chain-head", 3.2e6), ("quorum", 2.2e6),
        ] {
            let parameters = "contender=\(contender);replicas=3;rtt=1ms"
            rows += try sampled(
                "replication.sim.write", "latency", "ns", latency, by: 0, parameters)
            rows += try sampled(
                "replication.sim.write", "excess", "ns", latency - 2.2e6, by: 0, parameters)
        }
        for (contender, latency) in [
            ("chain-tail", 1e6), ("quorum-leader", 2e6), ("quorum-follower", 3e6),
        ] {
            rows += try sampled(
                "replication.sim.read", "latency", "ns", latency, by: 0,
                "contender=\(contender);replicas=3;rtt=1ms")
        }
        for (region, local) in [("us-west", 0.0), ("us-east", 0), ("eu", 0), ("ap-south", 1)] {
            rows += try sampled(
                "replication.sim.geo", "local", "ratio", local, by: 0,
                "reading=tail;region=\(region)")
        }
        return rows
    }

    private static func throughput() throws -> [Figure] {
        var rows: [Figure] = []
        for (contender, replicas, batch, gain) in [
            ("chain", 3, "one", 1.5), ("chain", 3, "all", 83),
            ("chain-durable", 3, "one", 80), ("chain-durable", 3, "all", 91),
            ("chain-durable", 2, "one", 10),
        ] {
            rows += try sampled(
                "replication.sim.throughput", "gain", "percent", gain,
                "batch=\(batch);contender=\(contender);replicas=\(replicas)")
        }
        return rows
    }

    private static func faults() throws -> [Figure] {
        var rows: [Figure] = []
        for role in ["head", "middle", "tail", "leader", "holder", "owner", "seed"] {
            rows += try exact(
                "ring.sim.roles", "permanent", "outages", 0, "nodes=3;role=\(role);rtt=1ms")
        }
        for position in ["head", "middle", "tail"] {
            rows += try sampled(
                "replication.sim.failover", "lost", "writes", 0, by: 0, statistic: "mean",
                "contender=chain-\(position);replicas=3;silence=50ms")
        }
        for metric in ["reads-fewer", "writes-fewer"] {
            rows += try sampled(
                "replication.sim.partition", metric, "ops/s", 0, by: 0, "replicas=5")
        }
        return try rows
            + exact("replication.sim.chain.safety", "violating", "runs", 0, "runs=20;seed=1")
            + exact("shen.sim.safety", "held", "percent", 100, "runs=10;seed=1")
            + exact("replication.sim.loss", "losing", "runs", 26, "backups=2;copies=1;runs=50")
            + sampled(
                "replication.sim.catchup", "divergent", "entries", 0, by: 0, statistic: "mean",
                "replicas=3;retained=64")
    }
}
