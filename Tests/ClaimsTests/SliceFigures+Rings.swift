import Runs

/// Figures of simulated rings: their own times, which no machine changes.
extension SliceFigures {
    static func rings() throws -> [Figure] {
        try gossip() + detection() + tokens() + disturbedTokens() + coordinators()
    }

    private static func gossip() throws -> [Figure] {
        var rows: [Figure] = []
        for (nodes, logarithm, push, both) in [(10, 3.32, 2.8, 1.9), (1000, 9.97, 8.2, 4.2)] {
            for (direction, rounds) in [("push", push), ("push-pull", both)] {
                let parameters = "direction=\(direction);nodes=\(nodes);phases=in-step"
                for (contender, value) in [("logarithm", logarithm), ("simulated", rounds)] {
                    rows += try sampled(
                        "gossip.spread", "rounds", "rounds", value, statistic: "mean",
                        "contender=\(contender);\(parameters)")
                }
            }
        }
        for (direction, time) in [("push", 4.7e9), ("push-pull", 2.8e9)] {
            rows += try sampled(
                "gossip.converge", "time", "ns", time,
                "contender=simulated;direction=\(direction);nodes=1000;phases=random")
        }
        rows += try sampled(
            "gossip.spread.fanout", "rounds", "rounds", 3, by: 0,
            "contender=simulated;direction=push;fanout=2;nodes=8")
        for (nodes, logarithm, heartbeats, probes) in [(5, 2.32, 1.7, 1.6), (100, 6.64, 3.8, 3.4)] {
            for (detection, rounds) in [("heartbeats", heartbeats), ("probes", probes)] {
                for (contender, value) in [("logarithm", logarithm), ("simulated", rounds)] {
                    rows += try sampled(
                        "gossip.heal", "rounds", "rounds", value, statistic: "mean",
                        "contender=\(contender);detection=\(detection);nodes=\(nodes)")
                }
            }
        }
        return try rows
            + sampled("gossip.lookup", "latency", "ns", 3, "contender=nilometer;nodes=1000")
            + exact("gossip.sim.safety", "violating", "runs", 0, "runs=20;seed=1")
            + exact(
                "ring.disagreement", "agreement", "percent", 95.5, "change=join;nodes=10")
    }

    private static func detection() throws -> [Figure] {
        var rows: [Figure] = []
        let settings = "detection=heartbeats;fanout=3;period=1s"
        for (nodes, first, all) in [(100, 9.6e9, 10.8e9), (1000, 10.4e9, 12.2e9)] {
            let parameters = "nodes=\(nodes);silence=10;\(settings)"
            rows += try sampled("gossip.detection", "suspected", "ns", first, parameters)
            rows += try sampled("gossip.detection", "suspected-by-all", "ns", all, parameters)
        }
        for (silence, time) in [(2, 2e9), (10, 9.6e9)] {
            for metric in ["suspected", "suspected-by-all"] {
                rows += try sampled(
                    "gossip.silence", metric, "ns", time,
                    "nodes=100;silence=\(silence);\(settings)")
            }
        }
        for (nodes, bytes) in [(10, 1200.0), (1000, 96_000)] {
            rows += try sampled(
                "gossip.load", "messages-most", "msgs/s", 13, "nodes=\(nodes);\(settings)")
            rows += try sampled("gossip.load", "bytes", "B/s", bytes, "nodes=\(nodes);\(settings)")
        }
        return rows
    }

    private static func tokens() throws -> [Figure] {
        var rows: [Figure] = []
        for (rtt, delay) in [("200us", 1e5), ("1ms", 5e5)] {
            let parameters = "contender=nilometer;nodes=10;rtt=\(rtt)"
            for (metric, unit, value) in [
                ("wait", "ns", 10 * (delay + 1e5) - 1e5), ("pass", "ns", delay),
                ("throughput", "ops/s", 1e9 / (delay + 1e5)),
            ] {
                rows += try sampled("token.sim.acquire", metric, unit, value, parameters)
            }
        }
        for (rtt, passes) in [("1us", 2e6), ("1ms", 2000)] {
            rows += try sampled(
                "token.sim.passes", "throughput", "ops/s", passes,
                "contender=nilometer;nodes=100;rtt=\(rtt)")
        }
        return try rows
            + sampled(
                "token.sim.fair", "fairness", "ratio", 0.9999, by: 1e-4,
                "contender=nilometer;nodes=100")
            + sampled("token.sim.sparse", "over-visiting", "ratio", 0.2, "contender=nilometer")
            + sampled(
                "token.sim.progress", "stalls", "stalls", 0, by: 0, statistic: "mean",
                "contender=nilometer;loss=0.1;thinking=0ns")
            + sampled(
                "token.sim.idle", "lap-over-busy", "ratio", 0.83, "contender=published;rtt=1ms")
    }

    private static func disturbedTokens() throws -> [Figure] {
        var rows: [Figure] = []
        for (contender, recovery) in [("nilometer", 0.48e9), ("published", 1.007e9)] {
            rows += try sampled(
                "token.sim.recovery", "recovery", "ns", recovery,
                "contender=\(contender);timeout=1s")
        }
        for (contender, holders) in [("nilometer", 1.0), ("published", 1.4), ("alone", 2)] {
            for fault in ["none", "partition"] {
                let parameters = "contender=\(contender);fault=\(fault)"
                let most = fault == "none" ? 1 : holders
                rows += try sampled(
                    "token.sim.partition", "holders", "holders", most, by: most == 1 ? 0 : 0.02,
                    statistic: "mean", parameters)
                rows += try sampled(
                    "token.sim.partition", "tokens-left", "tokens", 1, by: 0, statistic: "mean",
                    parameters)
            }
        }
        return try rows
            + sampled(
                "token.sim.replay", "stale-writes", "writes", 0, by: 0, statistic: "mean",
                "contender=nilometer;fault=partition")
            + exact("token.sim.safety", "violating", "runs", 0, "runs=20;seed=1")
    }

    private static func coordinators() throws -> [Figure] {
        var rows: [Figure] = []
        for (preferences, served) in [(3, 91.6), (8, 99.95)] {
            rows += try sampled(
                "coordinator.sim.failover", "served", "percent", served, by: 5e-4,
                "fault=cut;preferences=\(preferences);timeout=300ms")
        }
        return try rows
            + sampled(
                "coordinator.sim.failover", "outage", "ns", 301e6, by: 1e-4,
                "fault=crash;preferences=3;timeout=300ms")
            + sampled(
                "coordinator.sim.order", "inversions", "violations", 300, "coordinators=8;skew=1ms")
            + exact("coordinator.sim.safety", "violating", "runs", 0, "runs=20;seed=1")
    }
}
