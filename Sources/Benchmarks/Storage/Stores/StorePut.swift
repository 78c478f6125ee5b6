import Counters
import Measurement
import Quantities
import Statistics

/// Durable puts by many callers: the engine's key-value store beside those of others.
enum StorePut: Benchmark {
    static let description = BenchmarkDescription(
        name: "storage.kv.put",
        summary:
            "durable puts a second by many callers: the engine's key-value store beside RocksDB "
            + "and SQLite, which promise as much",
        parameters: StoreComparison.parameters(callers: 16) + [GroupDelay.parameter],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "durable puts of all callers a second, mean of a turn"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time over that of nilometer in the same round"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "an overwrite in place of a file filled before, and its sync, by one caller"),
        ],
        processingUnits: 1, floor: "sync of the device, over the callers that share it",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let durability = context.request.directory.durability
        recorder.note("durability class of the measured directory: \(durability)")
        let delay = GroupDelay.value(in: context)
        var comparison = try StoreComparison(context, directory: directory.path)
        try comparison.add(into: &recorder) { kind in
            try kind.open(
                in: directory.path, isDurable: true, threads: context.integer("callers"),
                maxDelay: delay)
        }
        let floor = try Overwrites(
            path: "\(directory.path)/floor", payload: context.integer("value"))
        // Short, so that there are enough of them to tell steadiness.
        let turns = try comparison.turns(isWriting: true).map {
            try EvenTurns($0, length: .milliseconds(40), clock: context.clock)
        }
        var order = context.generator(for: "order")
        let measured = try OperationTiming(
            clock: context.clock, operationsPerTurn: 16, counters: context.counters
        ).run(turns + [SingleOperations(floor)], for: context.time, order: &order)
        try comparison.close()
        let parameters = recorder.figureParameters(without: ["contenders"])
            .with("durability-class", durability)
        let analysis = TurnAnalysis(
            measured, contenders: comparison.names, parameters: parameters)
        // The processor's events are those of the measuring thread, which waits meanwhile.
        analysis.recordThroughput(
            "throughput", counting: { _, _ in false }, into: &recorder)
        analysis.recordRatios("relative", to: StoreKind.nilometer.rawValue, into: &recorder)
        recorder.record(
            "floor", parameters,
            samples: measured.filter { $0.contender == turns.count }.flatMap(\.nanoseconds))
    }
}
