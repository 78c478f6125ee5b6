import Counters
import Hardware
import Quantities
import Randomness
import Synchronization
import Testing

@testable import Measurement

@Suite(.serialized) struct CounterRecordingTests {
    private static let faults = CounterName.software(.pageFaults)
    private static let clock = CounterName.software(.taskClock)
    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []

    private static let description = BenchmarkDescription(
        name: "test", summary: "", parameters: [],
        metrics: [MetricSpecification("time", .nanoseconds, .lower, .sampled, "")],
        processingUnits: 1, floor: "")

    private func recorder() -> Recorder {
        Recorder(
            for: Self.description, parameters: ParameterSet(), counters: [Self.faults, Self.clock])
    }

    private func texts(_ recorder: Recorder) -> [String] {
        recorder.series.map { "\($0.metric) \($0.parameters) \($0.samples) \($0.unit)" }
    }

    @Test func `counts are per operation, and the partner's apart`() {
        var recorder = recorder()
        recorder.recordCounts(
            of: "time", ParameterSet().with("contender", "a"),
            in: [
                CountedWindow(
                    operations: 10,
                    counts: [.init(Self.faults, .measuring, 5), .init(Self.faults, .partner, 1)]),
                CountedWindow(
                    operations: 4,
                    counts: [.init(Self.faults, .measuring, 1), .init(Self.faults, .partner, 2)]),
            ], doubts: ["never steady"])
        #expect(
            texts(recorder) == [
                "counter.page-faults contender=a;of=time [0.5, 0.25] events/op",
                "counter.page-faults contender=a;of=time;thread=partner [0.1, 0.5] events/op",
            ])
        #expect(recorder.series.allSatisfy { $0.doubts == ["never steady"] })
    }

    @Test func `a counter that took turns has the share of windows in which it counted`() {
        var recorder = recorder()
        let windows = (0..<4).map { index in
            CountedWindow(
                operations: 2,
                counts: [.init(Self.clock, .measuring, 8)]
                    + (index % 2 == 0 ? [.init(Self.faults, .measuring, 6)] : []))
        }
        recorder.recordCounts(of: "time", ParameterSet(), in: windows)
        #expect(
            texts(recorder) == [
                "counter.task-clock of=time [4.0, 4.0, 4.0, 4.0] ns",
                "counter.page-faults of=time [3.0, 3.0] events/op",
                "counter.page-faults.share of=time [0.5] ratio",
            ])
    }

    @Test func `every figure that counting can give is specified`() {
        let names = [Self.faults, .preset("PAPI_TOT_INS"), .published("sde:::a::b")]
        let metrics = CounterMetrics.specifications(of: names)
        #expect(metrics.count == 9)
        #expect(Set(metrics.map(\.name)).count == 9)
        #expect(metrics.first { $0.name == "counter.sde:::a::b" }?.better == .neither)
        #expect(metrics.first { $0.name == "counter.PAPI_TOT_INS" }?.better == .lower)
    }

    private final class Slot<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    private func onBoundThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let slot = Slot<Value>()
        try PinnedThread(pu: Self.units[0], name: "test") {
            let outcome = Result { try body() }
            slot.result.withLock { $0 = outcome }
        }.join()
        return try #require(slot.result.withLock { $0 }).get()
    }

    /// Adds one to a published counter for each operation.
    private final class Adding: MeasuredBody, PairedBody {
        let total = Atomic<UInt64>(0)
        func run(iterations: Int) { total.wrappingAdd(UInt64(iterations), ordering: .relaxed) }
        func initiate(iterations: Int) { run(iterations: iterations) }
        func respond(iterations: Int) {}

        func publish(_ name: String) -> PublishedCounters.Source {
            PublishedCounters.publish(name, "a test's") { [self] in
                total.load(ordering: .acquiring)
            }
        }
    }

    @Test func `a window has the counts of its own operations`() throws {
        let name = PublishedCounters.name("test.windows")
        let windows = try onBoundThread {
            let body = Adding()
            let source = body.publish("test.windows")
            var order = Seed(1).generator()
            return try withExtendedLifetime(source) {
                try InterleavedMeasurement(
                    clock: TickClock(calibratingFor: .milliseconds(1)),
                    processingUnit: Self.units[0], window: .microseconds(20),
                    counters: ThreadCounters([name])
                ).run([body, Adding()], for: .zero, order: &order)
            }
        }
        #expect(windows.count >= 20)
        for window in windows {
            let expected = window.contender == 0 ? Double(window.operations) : 0
            #expect(window.counts == [CounterReading(name, .measuring, expected)])
        }
    }

    @Test(.enabled(if: units.count > 1, "needs two processing units"))
    func `a paired window has its partner's counts, and no probe's`() throws {
        let clock = CounterName.software(.taskClock)
        let published = PublishedCounters.name("test.paired")
        let (windows, absent) = try onBoundThread {
            let body = Adding()
            let source = body.publish("test.paired")
            let probe = FloorProbe(firstBody: 1, roundTrips: 100)
            let partner = try PartnerThread(
                on: Self.units[1], bodies: [body] + probe.bodies, counters: [clock, published])
            defer { partner.stop() }
            let counters = ThreadCounters([clock, published])
            var order = Seed(1).generator()
            let windows = try withExtendedLifetime(source) {
                try InterleavedMeasurement(
                    clock: TickClock(calibratingFor: .milliseconds(1)),
                    processingUnit: Self.units[0], window: .microseconds(20), counters: counters
                ).run(paired: [body], with: partner, probe: probe, for: .zero, order: &order)
            }
            return (windows, counters.absences.map(\.name))
        }
        for window in windows {
            let own = window.counts.filter { $0.name == published }
            #expect(own == [CounterReading(published, .measuring, Double(window.operations))])
            let threads = window.counts.filter { $0.name == clock }.map(\.thread)
            #expect(threads == (absent.contains(clock) ? [] : [.measuring, .partner]))
        }
    }

    /// Performs half of what it is asked for.
    private final class Halves: TimedTurns {
        let body = Adding()
        func turn(operations: Int, clock: TickClock) -> [Double] {
            body.run(iterations: performed(of: operations))
            return [1]
        }
        func performed(of operations: Int) -> Int { operations / 2 }
    }

    @Test func `a turn's counts are over the operations that it performed`() throws {
        let turns = try onBoundThread {
            let halves = Halves()
            let source = halves.body.publish("test.turns")
            var order = Seed(1).generator()
            return try withExtendedLifetime(source) {
                try OperationTiming(
                    clock: TickClock(calibratingFor: .milliseconds(1)), operationsPerTurn: 10,
                    counters: ThreadCounters([PublishedCounters.name("test.turns")])
                ).run([halves], for: .zero, order: &order)
            }
        }
        #expect(turns.count == 3)
        #expect(turns.allSatisfy { $0.counted.operations == 5 })
        #expect(turns.allSatisfy { $0.counted.counts.map(\.count) == [5] })
    }
}
