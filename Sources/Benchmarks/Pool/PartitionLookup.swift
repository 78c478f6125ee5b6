import CNilometerShims
import Measurement
import Quantities
import Randomness
import SharedNothing

/// What it costs to say which worker a key belongs to.
enum PartitionLookup: Benchmark {
    static let description = BenchmarkDescription(
        name: "partition.lookup",
        summary: "the worker of a random 8-byte key, hash included, by partitioner",
        parameters: [
            ParameterSpecification(
                "workers", "workers of the pool", .integer(1...100_000), default: "16"),
            BenchmarkPool.skew, BenchmarkPool.partitioners(contenderNames),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "keys a second back to back"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time of a key over that of hash in the same round"),
        ],
        processingUnits: 1,
        floor: "the hash of the key")

    private static let contenderNames = ["hash", "consistent", "range", "round-robin", "custom"]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let keys = keys(in: context)
        let workers = context.integer("workers")
        let names = context.words("contenders")
        let bodies = try names.map { try body($0, keys: keys, workers: workers) }
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            counters: context.counters, turns: context.turns
        ).run(bodies, for: context.time, order: &order)
        let analysis = WindowAnalysis(
            windows, contenders: names,
            parameters: recorder.figureParameters(without: ["contenders"]))
        analysis.record("throughput", into: &recorder) { 1e9 / $0 }
        analysis.recordRatios("relative", to: "hash", into: &recorder)
    }

    /// Random keys; by Zipf's law some of them again and again, as often as it has them.
    private static func keys(in context: ForkContext) -> [UInt64] {
        var generator = context.generator(for: "keys")
        let keys = (0..<1 << 14).map { _ in generator.next() }
        let skew = context.number("skew")
        guard skew > 0 else { return keys }
        let zipf = ZipfDistribution(count: UInt64(keys.count), exponent: skew)
        return keys.indices.map { _ in keys[Int(zipf.next(using: &generator))] }
    }

    private static func body(_ name: String, keys: [UInt64], workers: Int) throws -> LoopBody {
        switch name {
        case "hash": return loop(HashPartitioner(), keys, workers)
        case "consistent": return loop(ConsistentPartitioner(), keys, workers)
        case "range":
            // Workers of equal ranges; keys are even over all of them.
            let width = UInt64.max / UInt64(workers)
            let bounds = (1..<max(workers, 1)).map { width * UInt64($0) }
            return loop(try RangePartitioner(bounds: bounds), keys, workers)
        case "round-robin": return loop(RoundRobinPartitioner(), keys, workers)
        case "custom":
            let rule = CustomPartitioner { key, count in Int(key.partitionHash % UInt64(count)) }
            return loop(rule, keys, workers)
        default: preconditionFailure("contender '\(name)' was accepted but does not exist")
        }
    }

    private static func loop<Chosen: Partitioner>(
        _ partitioner: Chosen, _ keys: [UInt64], _ workers: Int
    ) -> LoopBody {
        let mask = keys.count - 1
        precondition(keys.count & mask == 0, "\(keys.count) keys are not a power of two")
        var held = partitioner
        return LoopBody { iterations in
            var local = held
            let span = keys.span
            for index in 0..<iterations {
                // SAFETY: the mask keeps the index below the number of keys.
                let key = unsafe span[unchecked: index & mask]
                nilometer_consume(UInt64(local.index(of: key, among: workers)))
            }
            held = local
        }
    }
}
