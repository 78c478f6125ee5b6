import Measurement
import Quantities
import Randomness
import SharedNothing

/// How evenly partitioners spread messages over workers, and what moves when there is one more.
enum PartitionBalance: Benchmark {
    static let description = BenchmarkDescription(
        name: "partition.balance",
        summary: "messages by drawn keys over the workers, by partitioner: how even, how faithful "
            + "to keys, and what one more worker moves",
        parameters: [
            ParameterSpecification(
                "workers", "workers of the pool", .integer(2...1024), default: "10"),
            ParameterSpecification(
                "keys", "keys drawn from", .integer(100...10_000_000), default: "100000"),
            BenchmarkPool.skew, BenchmarkPool.partitioners(contenderNames),
        ],
        metrics: [
            MetricSpecification(
                "max-over-mean", .ratio, .lower, .sampled,
                "messages of the worker with most over the mean"),
            MetricSpecification(
                "difference", .count(of: "messages"), .lower, .sampled,
                "messages of the worker with most less those of the one with fewest"),
            MetricSpecification(
                "same-key-same-worker", .percent, .higher, .sampled,
                "keys all of whose messages went to one worker"),
            MetricSpecification(
                "moved", .percent, .lower, .sampled,
                "random keys that change their worker when one is added"),
            MetricSpecification(
                "astray", .count(of: "keys"), .lower, .sampled,
                "keys of consistent that move between two workers which both stay, when one is "
                    + "added or removed, or leave the pool"),
            MetricSpecification(
                "hottest-key", .percent, .neither, .sampled,
                "messages of the key with most: what no partitioner by key can split"),
        ],
        processingUnits: 0,
        floor: "none: a computation")

    private static let contenderNames = ["consistent", "hash", "round-robin", "custom"]
    private static let messages = 200_000

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let parameters = recorder.figureParameters(without: ["contenders"])
        let workers = context.integer("workers")
        let keyCount = UInt64(context.integer("keys"))
        let drawn = draw(keyCount, in: context)
        var counts: [UInt64: Int] = [:]
        for key in drawn { counts[key, default: 0] += 1 }
        let hottest = counts.values.reduce(0, max)
        recorder.record(
            "hottest-key", parameters,
            samples: [100 * Double(hottest) / Double(drawn.count)])
        var generator = context.generator(for: "moved")
        let random = (0..<keyCount).map { _ in generator.next() }
        for name in context.words("contenders") {
            let own = parameters.with("contender", name)
            switch name {
            case "consistent":
                spread(ConsistentPartitioner(), drawn, workers, own, &recorder)
                movement(ConsistentPartitioner(), random, workers, own, &recorder)
                strays(keyCount, workers, own, &recorder)
            case "hash":
                spread(HashPartitioner(), drawn, workers, own, &recorder)
                movement(HashPartitioner(), random, workers, own, &recorder)
            case "round-robin": spread(RoundRobinPartitioner(), drawn, workers, own, &recorder)
            case "custom":
                let rule = CustomPartitioner { key, count in lastOf(key, count) }
                spread(rule, drawn, workers, own, &recorder)
            default: preconditionFailure("contender '\(name)' was accepted but does not exist")
            }
        }
    }

    /// A rule of a caller's own: by the last bits of the key.
    private static func lastOf(_ key: KeyPlace, _ count: Int) -> Int {
        Int(key.partitionOrder % UInt64(count))
    }

    private static func draw(_ keys: UInt64, in context: ForkContext) -> [UInt64] {
        var generator = context.generator(for: "keys")
        let skew = context.number("skew")
        let zipf = skew > 0 ? ZipfDistribution(count: keys, exponent: skew) : nil
        return (0..<messages).map { _ in
            zipf?.next(using: &generator) ?? generator.next(below: keys)
        }
    }

    private static func spread(
        _ partitioner: some Partitioner, _ drawn: [UInt64], _ workers: Int, _ own: ParameterSet,
        _ recorder: inout Recorder
    ) {
        var partitioner = partitioner
        var loads = [Int](repeating: 0, count: workers)
        var homes: [UInt64: Int] = [:]
        var unfaithful: Set<UInt64> = []
        for key in drawn {
            let worker = partitioner.index(of: key, among: workers)
            loads[worker] += 1
            if let home = homes[key], home != worker { unfaithful.insert(key) }
            homes[key] = worker
        }
        let (most, fewest) = (loads.max() ?? 0, loads.min() ?? 0)
        let mean = Double(drawn.count) / Double(workers)
        recorder.record("max-over-mean", own, samples: [Double(most) / mean])
        recorder.record("difference", own, samples: [Double(most - fewest)])
        let faithful = homes.count - unfaithful.count
        recorder.record(
            "same-key-same-worker", own,
            samples: [100 * Double(faithful) / Double(homes.count)])
    }

    private static func movement(
        _ partitioner: some Partitioner, _ keys: [UInt64], _ workers: Int, _ own: ParameterSet,
        _ recorder: inout Recorder
    ) {
        var partitioner = partitioner
        var moved = 0
        for key in keys {
            let before = partitioner.index(of: key, among: workers)
            if before != partitioner.index(of: key, among: workers + 1) { moved += 1 }
        }
        recorder.record("moved", own, samples: [100 * Double(moved) / Double(keys.count)])
    }

    private static func strays(
        _ keys: UInt64, _ workers: Int, _ own: ParameterSet, _ recorder: inout Recorder
    ) {
        let partitioner = ConsistentPartitioner()
        var strays = 0
        for key in 0..<keys {
            let home = partitioner.index(of: key, among: workers)
            let more = partitioner.index(of: key, among: workers + 1)
            let fewer = partitioner.index(of: key, among: workers - 1)
            let isMoreRight = more == home || more == workers
            let isFewerRight = fewer < workers - 1 && (fewer == home || home == workers - 1)
            if !isMoreRight || !isFewerRight || home >= workers { strays += 1 }
        }
        recorder.record("astray", own, samples: [Double(strays)])
        recorder.expect(
            "astray", own, "median", .within(low: 0, high: 0),
            because: "only keys of the worker that comes or goes change their worker")
    }
}
