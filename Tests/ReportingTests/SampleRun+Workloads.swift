import Measurement
import Quantities

@testable import Runs

extension SampleRun {
    /// One-way latency between two cores: samples, distributions and floors.
    mutating func addChannelLatency(contenders: [String], placements: [String]) {
        let name = "channel.spsc.latency"
        plan(name, [.latency, .floorRatio, .floor, .relative], contenders: contenders)
        let floors = ["smt": 27.0, "l3": 66.0, "far": 281.0]
        for placement in placements {
            let floor = floors[placement] ?? 100
            for (index, contender) in contenders.enumerated() {
                let parameters = [
                    ("payload", "8"), ("capacity", "1024"), ("wait", "spin"),
                    ("contender", contender), ("placement", placement),
                ]
                let center = floor * (1.08 + 0.16 * Double(index))
                let key = SampleRun.key(name, "latency", parameters)
                addSampled(
                    key, "ns", center: center,
                    quality: index == 2 && placement == "far"
                        ? "12 migrations while measured" : "ok")
                addDistribution(key, center: center, count: index == 1 ? 2500 : 40000)
                add(SampleRun.key(name, "floor", parameters), "ns", "median", floor, width: 1)
                add(
                    SampleRun.key(name, "floor-ratio", parameters), "ratio", "median",
                    center / floor)
                add(
                    SampleRun.key(name, "relative", parameters), "ratio", "median",
                    1 + 0.148 * Double(index), width: index == 0 ? 0 : 2)
            }
        }
    }

    /// Streaming throughput over batch sizes.
    mutating func addChannelThroughput(contenders: [String], placements: [String]) {
        let name = "channel.spsc.throughput"
        let metric = MetricSpecification(
            "throughput", .messagesPerSecond, .higher, .sampled, "Messages in a second.")
        plan(name, [metric, .relative], contenders: contenders)
        for placement in placements {
            for (index, contender) in contenders.enumerated() {
                for batch in [1, 4, 16, 64, 256] {
                    let gain = Double(batch) / (Double(batch) + 3 + Double(index))
                    let center = (placement == "far" ? 60e6 : 180e6) * gain
                    addSampled(
                        SampleRun.key(
                            name, "throughput",
                            [
                                ("payload", "8"), ("capacity", "1024"), ("batch", "\(batch)"),
                                ("contender", contender), ("placement", placement),
                            ]), "msgs/s", center: center)
                }
            }
        }
    }

    /// Lookup cost over numbers of nodes.
    mutating func addLookup() {
        let name = "ring.lookup"
        let contenders = ["nilometer", "ordered-map", "jump", "maglev"]
        plan(name, [.latency, .throughput, .relative], contenders: contenders)
        for (index, contender) in contenders.enumerated() {
            for (step, nodes) in [10, 100, 1000, 10000].enumerated() {
                let growth = [0.4, 110, 6, 0.9][index] * Double(step)
                addSampled(
                    SampleRun.key(
                        name, "latency",
                        [
                            ("nodes", "\(nodes)"), ("virtual-nodes", "160"), ("batch", "1"),
                            ("contender", contender),
                        ]), "ns", center: [4.1, 90, 9, 5][index] + growth)
            }
        }
    }

    /// Balance over virtual nodes.
    mutating func addBalance() {
        let name = "ring.balance"
        let spread = MetricSpecification(
            "spread", .percent, .lower, .sampled, "Relative standard deviation of shares.")
        plan(name, [spread])
        for nodes in [10, 100, 1000] {
            for count in [10, 40, 160, 640, 2560] {
                let expected = 100 / Double(count).squareRoot()
                add(
                    SampleRun.key(
                        name, "spread",
                        [("nodes", "\(nodes)"), ("virtual-nodes", "\(count)")]), "percent",
                    "median", expected * (1 + 0.06 * normal()), width: 9, samples: 30)
            }
        }
    }

    /// Append and sync by engine.
    mutating func addAppend(engines: [String] = ["io_uring", "pwrite", "fio-io_uring", "fio-sync"])
    {
        let name = "storage.append"
        plan(name, [.latency, .throughput, .relative], contenders: engines)
        for (index, engine) in engines.enumerated() {
            let key = SampleRun.key(
                name, "latency",
                [
                    ("payload", "4096"), ("durability-class", "filesystem"),
                    ("contender", engine),
                ])
            addSampled(key, "ns", center: 410_000 * (1 + 0.07 * Double(index)), spread: 0.08)
            addDistribution(
                key, center: 400_000 * (1 + 0.07 * Double(index)), count: index == 3 ? 900 : 6000)
        }
        let fork = Manifest.ForkSummary(
            workload: manifest.workloads.count - 1, fork: 0, seed: 1, processingUnits: [0],
            clock: nil, events: nil, doubts: [],
            notes: ["durability: fdatasync on ext4, a device without a volatile cache"],
            failure: nil)
        manifest.forks.append(fork)
    }

    /// A response time under rates that rise.
    mutating func addLoad() {
        let name = "calibration.stall"
        plan(name, [.throughput, .latency], contenders: ["nilometer", "pipe"])
        for (index, contender) in ["nilometer", "pipe"].enumerated() {
            for rate in [1e3, 1e4, 1e5, 1e6] {
                let parameters = [("contender", contender), ("rate", "\(Int(rate))")]
                add(SampleRun.key(name, "throughput", parameters), "ops/s", "median", rate * 0.98)
                let key = SampleRun.key(name, "latency", parameters)
                add(key, "ns", "median", 900 + rate / 200 * Double(index + 1))
            }
        }
    }

    /// Verdicts of every kind, with `extra` more of them.
    mutating func addVerdicts(extra: Int = 0) {
        let kinds: [(Verdict, Double?)] = [
            (.reproduced, 0.77), (.refuted, 3.4), (.inconclusive, 1.02), (.extrapolated, 0.31),
            (.inconsistent, 1.25), (.untestable, nil), (.refuted, 0.00021), (.reproduced, 41),
        ]
        for index in 0..<(kinds.count + extra) {
            let (verdict, ratio) = kinds[index % kinds.count]
            verdicts.append(
                VerdictRecord(
                    claim: "CHAN-SPSC-LATENCY-\(index + 1)",
                    document: index < 5 ? "shared-nothing" : "peer-ring", section: "Channels",
                    subject: "SPSC channel", metric: "one-way latency", comparator: "<=",
                    claimed: "80", unit: "ns", measured: ratio.map { $0 * 80 },
                    ciLow: ratio.map { $0 * 80 * 0.93 }, ciHigh: ratio.map { $0 * 80 * 1.12 },
                    ratio: ratio, verdict: verdict, how: "direct", profile: "auto",
                    workload: "channel.spsc.latency",
                    reason: ratio == nil
                        ? "needs a GPU, which this machine lacks"
                        : "the interval lies where the verdict says"))
        }
    }
}
