import Runs

/// Figures of channels of several ends, pools, partitioners and supervision.
extension SliceFigures {
    /// Every claim about them holds on these.
    static func workers() throws -> [Figure] {
        try manyEnds() + guarantees() + partitions()
    }

    private static func manyEnds() throws -> [Figure] {
        var rows: [Figure] = []
        for (placement, latency) in [("l3", 90.0), ("far", 380)] {
            rows += try sampled(
                "channel.mpmc.latency", "latency", "ns", latency,
                "contender=nilometer;placement=\(placement);wait=busy-spin")
            for contender in ["mpsc", "mpmc"] {
                rows += try sampled(
                    "channel.order", "price", "ratio", 1.6,
                    "contender=\(contender);placement=\(placement);wait=busy-spin")
            }
            for (contender, slowdown) in [("counters-together", 9.0), ("channels-together", 1)] {
                rows += try sampled(
                    "channel.neighbours", "slowdown", "ratio", slowdown,
                    "contender=\(contender);placement=\(placement)")
            }
            rows += try sampled(
                "channel.affinity", "widening", "ratio", 1.4, "placement=\(placement)")
        }
        for contender in ["mpsc", "mpmc"] {
            rows += try sampled(
                "channel.suspension", "stalled", "percent", 0, statistic: "mean",
                "contender=\(contender)")
        }
        for (metric, unit, value) in [
            ("behaved", "percent", 100.0), ("noticed", "percent", 100),
            ("miscounted", "messages", 0),
            ("copied", "B", 0),
        ] {
            rows += try exact("channel.conformance", metric, unit, value, "trials=10")
        }
        return rows
    }

    private static func guarantees() throws -> [Figure] {
        var rows: [Figure] = []
        for (metric, unit, value) in [
            ("zero-config", "pools", 1.0), ("lost-at-stop", "messages", 0),
            ("accepted", "messages", 1024), ("broadcast-unaccounted", "workers", 0),
            ("control-obeyed", "percent", 100),
        ] {
            rows += try sampled("pool.guarantees", metric, unit, value, by: 0, "capacity=1024")
        }
        for (metric, unit, value) in [
            ("shared", "objects", 0.0), ("turns-difference", "messages", 1),
            ("rule-obeyed", "percent", 100),
        ] {
            rows += try exact("pool.guarantees", metric, unit, value, "capacity=1024")
        }
        for (contender, latency) in [("busy-spin", 450.0), ("spin-then-park", 26_000)] {
            for placement in ["l3", "far"] {
                rows += try sampled(
                    "pool.roundtrip", "latency", "ns", latency,
                    "contender=\(contender);gap=0;placement=\(placement)")
            }
        }
        return try rows
            + sampled("pool.scaling", "added", "ratio", 0.98, "work=300;workers=2")
            + exact("pool.rejections", "rejected", "percent", 100, "")
            + exact("supervision.restart", "affected", "workers", 0, "contender=process")
    }

    private static func partitions() throws -> [Figure] {
        var rows: [Figure] = []
        for (metric, unit, value, spread, contender) in [
            ("same-key-same-worker", "percent", 100.0, 0, "hash"),
            ("moved", "percent", 100.0 / 11, 0.02, "consistent"),
        ] {
            rows += try sampled(
                "partition.balance", metric, unit, value, by: spread,
                "contender=\(contender);workers=10")
        }
        return rows
    }

    static func sampled(
        _ workload: String, _ metric: String, _ unit: String, _ value: Double,
        by spread: Double = 0.02, statistic: String = "median", _ parameters: String
    ) throws -> [Figure] {
        try Examples.figures(
            value, (value * (1 - spread))...(value * (1 + spread)), workload: workload,
            metric: metric, unit: unit, statistic: statistic, parameters)
    }

    static func exact(
        _ workload: String, _ metric: String, _ unit: String, _ value: Double,
        _ parameters: String
    ) throws -> [Figure] {
        try Examples.figures(
            value, workload: workload, metric: metric, unit: unit, statistic: "exact", parameters)
    }
}
