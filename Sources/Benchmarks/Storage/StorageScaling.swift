import Hardware
import Measurement
import Quantities
import Randomness
import Storage

/// Throughput of durable counters over the number of processes that increment one each.
enum StorageScaling: Benchmark {
    static let description = BenchmarkDescription(
        name: "storage.scaling",
        summary: "increments a second of durable counters, one for each of several processes that "
            + "share nothing but the machine",
        parameters: [
            ParameterSpecification(
                "processes", "how many increment at once, each number in turn",
                .subset(of: counts.map(String.init)), default: "1,2,3,4,6,8"),
            ParameterSpecification(
                "contenders",
                "what is incremented, side by side: memory is a file in memory, which shows what "
                    + "processor and kernel give where no device is in the way",
                .subset(of: ScaledCounter.allCases.map(\.rawValue)), default: "pwrite,memory"),
            ParameterSpecification(
                "window", "how long a number of processes works before the next one's turn",
                .duration(.milliseconds(1) ... .seconds(10)), default: "50 ms"),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "increments of all processes a second, mean of a window"),
            MetricSpecification(
                "efficiency", .ratio, .higher, .sampled,
                "throughput over as many times that of one process in the same round"),
            MetricSpecification(
                "evenness", .ratio, .higher, .sampled,
                "increments of the slowest process over the mean of all"),
            MetricSpecification(
                "busy", .ratio, .neither, .sampled,
                "share of the time of the processing units in use that the processes were on "
                    + "them: near 1 the processors limit, near 0 what is waited for"),
            MetricSpecification(
                "per-unit", .count(of: "processes"), .neither, .exact,
                "processes on the processing unit that has most: above 1 they take turns"),
        ],
        processingUnits: 1,
        floor: "sync of the device, or increments of all processing units for counters in memory",
        isBlocking: true)

    /// Every number up to a dozen, then in wider steps.
    private static let counts = Array(1...12) + [16, 24, 32, 48, 64]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let units = try ThreadBinding.allowedPUs()
        let counts = context.words("processes").compactMap { Int($0) }
        let kinds = kinds(of: context, noting: &recorder)
        guard let most = counts.max(), !kinds.isEmpty else { return }
        // Processes inherit the binding of the thread that starts them.
        try ThreadBinding.bindCurrentThread(to: units)
        let crew = try CounterCrew(of: most, kinds, on: units.indexes, below: directory.path)
        try ThreadBinding.bindCurrentThread(to: context.processingUnit)
        let windows = try rounds(of: crew, counts, kinds.count, in: context)
        crew.end()
        let durability = context.request.directory.durability
        recorder.note("durability class of the measured directory: \(durability)")
        recorder.note("processes are bound to processing units \(units) in turn")
        let analysis = ScalingAnalysis(
            windows, units: units.count,
            parameters: recorder.figureParameters(without: ["processes", "contenders"]))
        for (index, kind) in kinds.enumerated() {
            analysis.record(
                counter: index, as: kind.rawValue,
                durability: kind.isOnDevice ? durability : "memory", counts, into: &recorder)
        }
    }

    private static func kinds(
        of context: ForkContext, noting recorder: inout Recorder
    ) -> [ScaledCounter] {
        context.words("contenders").compactMap(ScaledCounter.init(rawValue:)).filter { kind in
            if let obstacle = kind.obstacle {
                recorder.note("\(kind.rawValue): left out, \(obstacle)")
            }
            return kind.obstacle == nil
        }
    }

    /// Rounds of one window for each counter and number of processes, in an order of their own, so
    /// that drift of the machine meets all alike.
    private static func rounds(
        of crew: CounterCrew, _ counts: [Int], _ counters: Int, in context: ForkContext
    ) throws -> [CounterCrew.Window] {
        let length = context.duration("window")
        let turns = (0..<counters).flatMap { counter in
            counts.map { (counter: counter, processes: $0) }
        }
        var order = context.generator(for: "order")
        var windows: [CounterCrew.Window] = []
        var round = 0
        let start = context.clock.begin()
        repeat {
            for turn in turns.shuffled(by: &order) {
                windows.append(
                    try crew.window(
                        of: turn.counter, processes: turn.processes, for: length, round: round))
            }
            round += 1
        } while round < leastRounds
            || context.clock.nanoseconds(from: start, to: context.clock.end())
                < context.time.rawValue
        return windows
    }

    /// As many as it takes to tell whether a series is steady.
    private static let leastRounds = 10
}
