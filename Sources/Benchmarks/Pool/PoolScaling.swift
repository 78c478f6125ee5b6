import CNilometerShims
import Hardware
import Measurement
import Quantities
import Randomness
import SharedNothing
import Statistics
import Synchronization

/// What more workers can do than one, each with a processing unit of its own.
enum PoolScaling: Benchmark {
    static let description = BenchmarkDescription(
        name: "pool.scaling",
        summary: "messages a second of more and more workers of a pool, each of which sends to "
            + "itself and does the same work for each message",
        parameters: [
            ParameterSpecification(
                "workers",
                "how many work at once, each number in turn; numbers above the processing units "
                    + "are left out",
                .subset(of: counts.map(String.init)), default: "1,2,4"),
            ParameterSpecification(
                "work", "multiplications that follow one another for each message",
                .integer(0...1_000_000), default: "300"),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "messages of all workers a second, mean of a window"),
            MetricSpecification(
                "added", .ratio, .higher, .sampled,
                "what each worker beyond the first adds to the throughput, over that of the first "
                    + "alone in the same round"),
        ],
        processingUnits: 2,
        floor: "the work of a message on one processing unit",
        isBlocking: true)

    private static let counts = Array(1...16) + [24, 32, 48, 64, 96, 128]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let units = context.request.processingUnits
        let asked = context.words("workers").compactMap { Int($0) }
        let counts = asked.filter { $0 <= units.count }
        if counts.count < asked.count {
            recorder.note(
                "more than \(units.count) workers: left out, each needs a processing unit")
        }
        let crews = try counts.map { try ScalingCrew(workers: $0, in: context) }
        guard !crews.isEmpty else { return }
        var order = context.generator(for: "order")
        // Long enough that waking the workers and the one that waits for them is nothing beside it.
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            window: .milliseconds(20), counters: context.counters
        ).run(crews.map(\.body), for: context.time, order: &order)
        for crew in crews { try crew.end() }
        let parameters = recorder.figureParameters()
        for (index, count) in counts.enumerated() {
            record(
                windows.filter { $0.contender == index }, of: count,
                beside: counts.firstIndex(of: 1).map { one in
                    windows.filter { $0.contender == one }
                } ?? [], parameters.with("workers", "\(count)"), into: &recorder)
        }
    }

    private static func record(
        _ windows: [InterleavedMeasurement.Window], of count: Int,
        beside single: [InterleavedMeasurement.Window], _ parameters: ParameterSet,
        into recorder: inout Recorder
    ) {
        let rates = windows.map { Double(count) * 1e9 / $0.nanosecondsPerOperation }
        var (steady, doubts) = (0, [String]())
        switch SteadinessTest(tolerance: 0.05).verdict(on: rates) {
        case .steady(let first): steady = first
        case .never(.tooFewSamples): doubts = [WindowAnalysis.steadinessDoubts[0]]
        case .never: doubts = [WindowAnalysis.steadinessDoubts[1]]
        }
        recorder.record(
            "throughput", parameters, samples: Array(rates[steady...]),
            warmup: Array(rates[..<steady]), doubts: doubts)
        guard count > 1 else { return }
        let gains = windows[steady...].compactMap { window in
            single.first { $0.round == window.round }.map {
                added(
                    by: count, together: window.nanosecondsPerOperation,
                    alone: $0.nanosecondsPerOperation)
            }
        }
        if !gains.isEmpty { recorder.record("added", parameters, samples: gains, doubts: doubts) }
    }

    /// What each of `count` workers beyond the first adds, in throughputs of the first alone, from
    /// the times that a worker's message took with all of them together and with one alone.
    static func added(by count: Int, together: Double, alone: Double) -> Double {
        (Double(count) * alone / together - 1) / Double(count - 1)
    }
}

/// Workers that do what they tell themselves, and a thread that waits for all of them.
private final class ScalingCrew {
    private let pool: WorkerPool<SelfSender>
    let body: LoopBody

    init(workers count: Int, in context: ForkContext) throws {
        let configuration = try BenchmarkPool.configuration(
            workers: count, capacity: 16, wait: Profile.WaitStrategy.spinThenPark.rawValue,
            // The measuring thread sleeps while they work: they may have its processing unit, too.
            on: context.request.processingUnits, in: context)
        let finish = Finish(of: count)
        let pool = try WorkerPool(
            SelfSender(work: context.integer("work"), finish: finish), configuration)
        self.pool = pool
        body = LoopBody { iterations in
            finish.begin()
            try pool.broadcast(iterations, timeout: BenchmarkPool.patience)
            finish.wait()
        }
    }

    func end() throws { try pool.stop(within: BenchmarkPool.patience) }
}

/// Where a thread waits until each of so many workers is done.
private final class Finish: Sendable {
    private let left = Atomic(0)
    private let word = FutexWord()
    private let rounds = Atomic<UInt32>(0)
    private let count: Int

    init(of count: Int) { self.count = count }

    func begin() {
        left.store(count, ordering: .releasing)
        rounds.wrappingAdd(1, ordering: .relaxed)
    }

    /// Says that a worker is done.
    func reach() {
        // Orders what the workers did before what comes after the wait.
        if left.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            word.advanceAndWake()
        }
    }

    func wait() { word.sleep(until: rounds.load(ordering: .relaxed)) }
}

/// Works, and sends itself what is left to do.
private struct SelfSender: Worker {
    let work: Int
    let finish: Finish

    func start(_ context: borrowing WorkerContext<Int, Void>) -> UInt64 { 1 }

    func handle(
        _ left: Int, _ number: inout UInt64, _ context: borrowing WorkerContext<Int, Void>
    ) {
        for _ in 0..<work { number = number &* 6_364_136_223_846_793_005 &+ 1 }
        nilometer_consume(number)
        if left <= 1 {
            finish.reach()
        } else if !context.trySend(left - 1, to: context.worker).isSent {
            preconditionFailure("a worker's own inbox had no room for one message")
        }
    }
}
