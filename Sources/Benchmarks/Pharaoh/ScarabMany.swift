import CNilometerShims
import Hardware
import Measurement
import Pharaoh
import Quantities
import Storage

/// How many IDs several threads of one process make together.
enum ScarabMany: Benchmark {
    private enum Contender: String, CaseIterable {
        /// A generator for each thread, with machine numbers of its own.
        case own
        /// The same, in runs.
        case ownRuns = "own-runs"
        /// One generator for all threads, with as many machine numbers.
        case shared
        /// The same, in runs.
        case sharedRuns = "shared-runs"
    }

    static let description = BenchmarkDescription(
        name: "scarab.many",
        summary: "IDs of 64 bits made by several threads of one process under one lease of time",
        parameters: [
            ParameterSpecification("callers", "threads", .integer(1...64), default: "2"),
            ParameterSpecification(
                "machines", "machine numbers for each thread; each gives 8192 IDs a millisecond",
                .integer(1...16), default: "16"),
            ParameterSpecification(
                "contenders", "generators that run side by side",
                .subset(of: Contender.allCases.map(\.rawValue)),
                default: Contender.allCases.map(\.rawValue).joined(separator: ",")),
            ParameterSpecification(
                "turn", "about how long one contender's turn lasts",
                .duration(.milliseconds(1) ... .seconds(10)), default: "10 ms"),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "IDs of all threads a second, mean of a turn"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled, "time over that of own in the same round"),
        ],
        processingUnits: 1, floor: "8192 IDs a millisecond for each machine number",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let callers = context.integer("callers")
        let names = context.words("contenders")
        let units = try ThreadBinding.allowedPUs()
        let contenders = try names.compactMap(Contender.init(rawValue:)).map { contender in
            let lease = try ScarabLease(
                path: "\(directory.path)/\(contender.rawValue)", creation: .required)
            return try EvenTurns(
                turns(
                    contender, lease, callers: callers, machines: context.integer("machines"),
                    on: units),
                length: context.duration("turn"), clock: context.clock)
        }
        var order = context.generator(for: "order")
        let taken = try OperationTiming(
            clock: context.clock, operationsPerTurn: 1, counters: context.counters
        ).run(contenders, for: context.time, order: &order)
        let analysis = TurnAnalysis(
            taken, contenders: names, parameters: recorder.figureParameters(without: ["contenders"])
        )
        analysis.recordThroughput(
            "throughput", counting: { _, _ in callers == 1 }, into: &recorder)
        analysis.recordRatios("relative", to: Contender.own.rawValue, into: &recorder)
    }

    private static func turns(
        _ contender: Contender, _ lease: ScarabLease, callers: Int, machines: Int,
        on units: CPUSet
    ) throws -> any TimedTurns {
        let share = 8192
        switch contender {
        case .own, .ownRuns:
            let generators = try (0..<callers).map { caller in
                HeldGenerator(
                    try lease.generator(
                        machines: caller * machines..<(caller + 1) * machines,
                        clock: TickingWallClock()))
            }
            let inRuns = contender == .ownRuns
            return CallerTurns(callers: callers, on: units, share: share) { caller, count in
                if inRuns {
                    try generators[caller].make(count, inRunsOf: ScarabRuns.length)
                } else {
                    try generators[caller].make(count)
                }
            }
        case .shared, .sharedRuns:
            let shared = try lease.sharedGenerator(
                machines: 0..<callers * machines, clock: WallClock())
            let length = contender == .shared ? 1 : ScarabRuns.length
            return CallerTurns(callers: callers, on: units, share: share) { _, count in
                var left = count
                while left > 0 {
                    let run = try shared.take(upTo: min(left, length))
                    for id in run { nilometer_consume(id.rawValue) }
                    left -= run.count
                }
            }
        }
    }
}
