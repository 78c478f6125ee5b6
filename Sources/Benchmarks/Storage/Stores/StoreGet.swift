import Counters
import Measurement
import Quantities

/// Gets of values that were put before: the engine's key-value store beside those of others.
enum StoreGet: Benchmark {
    static let description = BenchmarkDescription(
        name: "storage.kv.get",
        summary:
            "values read a second, of keys that are there: the engine's key-value store beside "
            + "RocksDB and SQLite",
        parameters: StoreComparison.parameters(callers: 1, StoreKind.readers),
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "values read by all callers a second, mean of a turn"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time over that of nilometer in the same round"),
        ],
        processingUnits: 1, floor: "a read of the page cache by the same thread",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        recorder.note(
            "every store was filled with all keys, closed and opened again; what was written is in "
                + "memory, the kernel's or the store's own, unless it has more than fits")
        var comparison = try StoreComparison(context, directory: directory.path)
        let callers = context.integer("callers")
        let value = AppendContender.record(of: context.integer("value"))
        try comparison.add(into: &recorder) { kind in
            let filling = try kind.open(in: directory.path, isDurable: false, threads: 1)
            for number in 0..<UInt64(context.integer("keys")) {
                try filling.put(StoreTraffic.key(number).span, value.span, thread: 0)
            }
            try filling.close()
            return try kind.open(in: directory.path, isDurable: false, threads: callers)
        }
        let turns = try comparison.turns(isWriting: false).map {
            try EvenTurns($0, length: .milliseconds(20), clock: context.clock)
        }
        guard !turns.isEmpty else { return }
        var order = context.generator(for: "order")
        let measured = try OperationTiming(
            clock: context.clock, operationsPerTurn: 16, counters: context.counters
        ).run(turns, for: context.time, order: &order)
        try comparison.close()
        let analysis = TurnAnalysis(
            measured, contenders: comparison.names,
            parameters: recorder.figureParameters(without: ["contenders"]))
        analysis.recordThroughput(
            "throughput", counting: { _, _ in callers == 1 }, into: &recorder)
        analysis.recordRatios("relative", to: StoreKind.nilometer.rawValue, into: &recorder)
    }
}
