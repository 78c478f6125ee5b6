import Counters
import Hardware
import Quantities

/// The child's side of a fork: runs one benchmark in this process and gives the record.
public enum ForkExecution {
    /// Why a request cannot be served.
    public enum Failure: Error, CustomStringConvertible {
        /// No benchmark has the requested name.
        case unknownBenchmark(String)
        /// The request names fewer processing units than the benchmark's threads need.
        case tooFewProcessingUnits(needed: Int, given: Int)

        /// What was found and what was expected.
        public var description: String {
            switch self {
            case .unknownBenchmark(let name): "there is no benchmark called '\(name)'"
            case .tooFewProcessingUnits(let needed, let given):
                "the benchmark needs \(needed) processing units, the request names \(given)"
            }
        }
    }

    /// Binds the calling thread, calibrates the clock, measures, and gives what was found.
    public static func run(
        _ request: ForkRequest, among benchmarks: [any Benchmark.Type]
    ) throws -> ForkRecord {
        guard let benchmark = benchmarks.first(where: { $0.description.name == request.benchmark })
        else { throw Failure.unknownBenchmark(request.benchmark) }
        let description = benchmark.description
        guard request.processingUnits.count >= max(1, description.processingUnits) else {
            throw Failure.tooFewProcessingUnits(
                needed: description.processingUnits, given: request.processingUnits.count)
        }
        let turns = try request.turns.map { (place) throws in try ProcessTurns(place) }
        turns?.join()
        // First, so that every thread that the fork starts is counted. A thread that is counted pays
        // for it whenever it is switched, which would be in the figures of those that block.
        let migrations =
            description.isBlocking(under: request.parameters)
            ? MigrationCount(declining: "it would lengthen each context switch of this benchmark")
            : MigrationCount()
        // A benchmark without threads of its own to place may look at the process's bindings.
        if description.processingUnits > 0 {
            try ThreadBinding.bindCurrentThread(to: request.processingUnits[0])
        }
        let clock = TickClock()
        var recorder = Recorder(
            for: description, parameters: request.parameters, counters: request.counters)
        if let refusal = migrations.refusal {
            recorder.note("migrations are not counted: \(refusal)")
        }
        if let refusal = ChildWatch.refusal() { recorder.note(refusal) }
        // Before and after, so that the probes are not among the events of the measurement.
        let cores = cores(of: request, description)
        let noiseBefore = try ForkNoise.readings(on: cores, clock: clock)
        let counters = ForkCounters(request.counters)
        let context = ForkContext(
            request: request, clock: clock, counters: counters?.thread, turns: turns)
        let before = EventCounts.current(migrations: migrations)
        let start = TickClock.monotonicRaw()
        try benchmark.measure(in: context, into: &recorder)
        let wall = Double(TickClock.monotonicRaw() - start)
        let elapsed = wall - (turns?.sleptNanoseconds ?? 0)
        var events = EventCounts.current(migrations: migrations).since(before)
        // To hand over is no disturbance, though the kernel takes the processor away for it.
        events.involuntarySwitches -= turns?.switchesToHandOver ?? 0
        counters?.finish(into: &recorder)
        let noise = ForkNoise(
            before: noiseBefore, after: try ForkNoise.readings(on: cores, clock: clock))
        let causes = EventAllowance().causes(
            among: events, noise, over: elapsed, within: wall, of: description,
            under: request.parameters)
        recorder.doubtEstimates(causes.map { ForkNoise.doubt + $0 })
        return ForkRecord(
            of: request,
            processingUnits: Array(request.processingUnits.prefix(description.processingUnits)),
            clock: clock.calibration, events: events,
            noise: noise, disturbances: causes, measuredTime: elapsed, recorder: recorder)
    }

    /// The processing units whose noise is watched: those that the benchmark's threads are bound to,
    /// all that it was given where it times what it does not bind, none where it only computes.
    private static func cores(
        of request: ForkRequest, _ description: BenchmarkDescription
    ) -> [Int] {
        guard description.isTimed else { return [] }
        return description.processingUnits > 0
            ? Array(request.processingUnits.prefix(description.processingUnits))
            : request.processingUnits
    }
}
