import Measurement
import Quantities

/// A known time, read back by the timing loops.
enum SpinCalibration: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.spin",
        summary: "a spin of a known time by the kernel's clock, read back by the timing loops",
        parameters: [
            ParameterSpecification(
                "duration", "how long one spin lasts",
                .duration(.init(20)...Nanoseconds.seconds(1)), default: "100us")
        ],
        metrics: [
            MetricSpecification(
                "time", .nanoseconds, .neither, .sampled,
                "a spin as measured: in windows of many, and one by one")
        ],
        processingUnits: 1,
        floor: "the time that was asked for")

    /// Under this many costs of reading the clock, an operation is not timed alone.
    private static let leastClockCosts = 50.0

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let duration = context.duration("duration")
        let reading = costOfKernelClock(context)
        guard reading < duration.rawValue else {
            recorder.note(
                "no spin of \(duration): reading the kernel's clock takes \(Nanoseconds(reading))")
            return
        }
        let singly = duration.rawValue >= leastClockCosts * context.clock.calibration.regionCost
        let share = singly ? context.time / 2 : context.time
        try measureWindows(of: duration, for: share, in: context, into: &recorder)
        if singly { try measureSingly(duration, for: share, in: context, into: &recorder) }
    }

    private static func measureWindows(
        of duration: Nanoseconds, for time: Nanoseconds, in context: ForkContext,
        into recorder: inout Recorder
    ) throws {
        var order = context.generator(for: "order")
        // So short that a timer's interrupt, which comes every few milliseconds, is in few of them.
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            window: max(.microseconds(200), duration), leastRounds: 5
        ).run([PacedSpin.body(duration)], for: time, order: &order)
        WindowAnalysis(
            windows, contenders: ["windows"], parameters: recorder.figureParameters()
        ).record("time", into: &recorder)
        expect(duration, of: "windows", in: &recorder)
    }

    private static func measureSingly(
        _ duration: Nanoseconds, for time: Nanoseconds, in context: ForkContext,
        into recorder: inout Recorder
    ) throws {
        var order = context.generator(for: "single")
        let body = SingleOperations(PacedSpin.body(duration))
        let perTurn = max(1, Int(Nanoseconds.milliseconds(2) / duration))
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: perTurn, leastRounds: 5
        ).run([body], for: time, order: &order)
        let parameters = recorder.figureParameters().with("contender", "single")
        let times = turns.flatMap(\.nanoseconds)
        recorder.record("time", parameters, samples: times)
        var distribution = LatencyDistribution()
        for time in times { distribution.record(nanoseconds: time) }
        recorder.record("time", parameters, distribution: distribution)
        expect(duration, of: "single", in: &recorder)
    }

    private static func expect(
        _ duration: Nanoseconds, of contender: String, in recorder: inout Recorder
    ) {
        let time = duration.rawValue
        let margin = max(2, time / 100)
        recorder.expect(
            "time", recorder.figureParameters().with("contender", contender), "median",
            .within(low: time - margin, high: time + margin),
            because: "the time asked for, within 2 ns or 1 %, whichever is more")
    }

    /// The least time between two readings in a row.
    private static func costOfKernelClock(_ context: ForkContext) -> Double {
        (0..<100).map { _ in
            let start = context.clock.begin()
            for _ in 0..<100 { _ = TickClock.monotonicRaw() }
            return context.clock.nanoseconds(from: start, to: context.clock.end()) / 100
        }.min() ?? .infinity
    }
}
