import Measurement
import Quantities
import Randomness

@testable import Runs

/// A run made up from a seed: nothing in it was measured.
struct SampleRun {
    var manifest: Manifest
    var figures: [Figure] = []
    var samples: [SampleSeries] = []
    var distributions: [FigureKey: LatencyDistribution] = [:]
    var verdicts: [VerdictRecord] = []
    private var generator: Xoshiro256StarStar

    static let machine = [
        "Example CPU 9000 at 2.5 GHz, 2 of 8 cores, KVM, Linux 6.1",
        "1 node, 16 GiB of memory, 32 MiB of last-level cache",
        "/work: ext4 on a virtual disk without a volatile cache",
    ]

    init(seed: UInt64 = 7) {
        generator = Seed(seed).generator()
        manifest = Manifest(
            run: "2026-01-02T03-04-05Z-quick", tool: "0.1.0",
            commit: "0123456789abcdef0123456789abcdef01234567",
            command: ["nilometer", "run", "--suite", "quick"], suite: "quick", seed: seed,
            profiles: [.init(name: "auto", fields: ParameterSet())],
            start: "2026-01-02T03:04:05Z", workloads: [], benchmarks: [])
        manifest.end = "2026-01-02T03:05:35Z"
        manifest.ending = .complete
        manifest.overhead = .init(wall: 90e9, measured: 81e9)
    }

    /// A standard normal value (Box and Muller).
    mutating func normal() -> Double {
        let radius = (-2 * logarithm(1 - uniform())).squareRoot()
        return radius * cosine(2 * .pi * uniform())
    }

    mutating func uniform() -> Double { Double(generator.next() >> 11) / 9_007_199_254_740_992 }

    /// Declares a benchmark with its metrics and a workload of its name.
    mutating func plan(
        _ name: String, _ metrics: [MetricSpecification], contenders: [String] = []
    ) {
        manifest.benchmarks.append(
            .init(benchmark: name, floor: "what the hardware gives", metrics: metrics))
        var parameters = ParameterSet()
        if !contenders.isEmpty {
            parameters = parameters.with("contenders", contenders.joined(separator: ","))
        }
        manifest.workloads.append(
            PlannedWorkload(
                workload: name, benchmark: name, parameters: parameters, profile: "auto",
                forks: 3, time: .seconds(1)))
    }

    /// A key of the workload `name`.
    static func key(_ name: String, _ metric: String, _ parameters: [(String, String)]) -> FigureKey
    {
        var set = ParameterSet()
        for (key, value) in parameters { set = set.with(key, value) }
        return FigureKey(workload: name, parameters: set, profile: "auto", metric: metric)
    }

    /// A figure with an interval of `width` per cent to either side.
    mutating func add(
        _ key: FigureKey, _ unit: String, _ statistic: String, _ value: Double?,
        width: Double? = 2, samples: Int = 240, quality: String = "ok"
    ) {
        figures.append(
            Figure(
                run: manifest.run, workload: key.workload, parameters: key.parameters,
                profile: key.profile, metric: key.metric, unit: unit, statistic: statistic,
                value: value, ciLow: width.flatMap { w in value.map { $0 * (1 - w / 100) } },
                ciHigh: width.flatMap { w in value.map { $0 * (1 + w / 80) } },
                confidence: width.map { _ in 0.95 }, samples: samples, forks: 3,
                quality: quality))
    }

    /// Samples around `center`, and the median of them as a figure.
    mutating func addSampled(
        _ key: FigureKey, _ unit: String, center: Double, spread: Double = 0.04,
        quality: String = "ok"
    ) {
        var values: [Double] = []
        for index in 0..<240 {
            let fork = index / 80
            let slow = uniform() < 0.05 ? 1.4 : 1
            let value = center * (1 + spread * normal()) * slow * (1 + 0.01 * Double(fork))
            values.append(value)
        }
        for fork in 0..<3 {
            samples.append(
                SampleSeries(
                    key: key, fork: fork, unit: unit, warmup: fork == 0 ? [center * 90] : [],
                    samples: Array(values[80 * fork..<80 * (fork + 1)])))
        }
        values.sort()
        add(key, unit, "median", (values[119] + values[120]) / 2, quality: quality)
    }

    /// A distribution with a tail, and its percentiles as figures.
    mutating func addDistribution(_ key: FigureKey, center: Double, count: Int) {
        var distribution = LatencyDistribution()
        for _ in 0..<count {
            let tail = uniform()
            let stall = tail < 0.002 ? 40 * uniform() : tail < 0.02 ? 3 * uniform() : 0
            distribution.record(
                nanoseconds: center * (0.9 + 0.1 * normal().magnitude + stall))
        }
        distributions[key] = distribution
        let needed: [(String, Double, Int)] = [
            ("p50", 50, 10), ("p90", 90, 100), ("p99", 99, 300), ("p99.9", 99.9, 3000),
            ("p99.99", 99.99, 30000),
        ]
        for (statistic, percentile, least) in needed {
            let value = count >= least ? distribution.nanoseconds(atPercentile: percentile) : nil
            add(
                key, "ns", statistic, value, width: value == nil ? nil : 4, samples: count,
                quality: value == nil ? "n too small: \(count) of \(least)" : "ok")
        }
        add(
            key, "ns", "max", distribution.nanoseconds(atPercentile: 100), width: nil,
            samples: count)
    }
}

extension MetricSpecification {
    static let latency = MetricSpecification(
        "latency", .nanoseconds, .lower, .sampled, "Time of one operation.")
    static let floor = MetricSpecification(
        "floor", .nanoseconds, .neither, .sampled, "The least that it could take.")
    static let floorRatio = MetricSpecification(
        "floor-ratio", .ratio, .lower, .sampled, "Latency over floor.")
    static let relative = MetricSpecification(
        "relative", .ratio, .lower, .sampled, "Contender over the first, paired by round.")
    static let throughput = MetricSpecification(
        "throughput", .operationsPerSecond, .higher, .sampled, "Operations in a second.")
}
