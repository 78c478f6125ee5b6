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
                "a spin as measured: in windows of the usual 2 ms, in short ones of 200 us, and "
                    + "one by one")
        ],
        processingUnits: 1,
        floor: "the time that was asked for")

    /// Under this many costs of reading the clock, an operation is not timed alone.
    private static let leastClockCosts = 50.0

    /// So short that a timer's interrupt, which comes every few milliseconds, is in few of them.
    private static let shortWindow = Nanoseconds.microseconds(200)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let duration = context.duration("duration")
        let contenders = contenders(of: duration, clock: context.clock)
        // Before anything is measured: what cannot be is still expected.
        for contender in contenders { expect(duration, of: contender, in: &recorder) }
        let reading = costOfKernelClock(context)
        guard reading < duration.rawValue else {
            recorder.note(
                "no spin of \(duration): reading the kernel's clock takes \(Nanoseconds(reading))")
            return
        }
        let share = context.time / Double(contenders.count)
        for contender in contenders {
            switch contender {
            case .single: try measureSingly(duration, for: share, in: context, into: &recorder)
            case .windows:
                let measurement = InterleavedMeasurement(
                    clock: context.clock, processingUnit: context.processingUnit)
                try measure(
                    contender, of: duration, by: measurement, for: share, in: context,
                    into: &recorder)
            case .shortWindows:
                let measurement = InterleavedMeasurement(
                    clock: context.clock, processingUnit: context.processingUnit,
                    window: max(shortWindow, duration), leastRounds: 5)
                try measure(
                    contender, of: duration, by: measurement, for: share, in: context,
                    into: &recorder)
            }
        }
    }

    /// What reads a spin back.
    private enum Contender: String {
        /// Windows of the length that all other figures are made of.
        case windows
        /// Shorter ones: beside the usual ones they show what interruptions cost those.
        case shortWindows = "short-windows"
        /// One spin at a time.
        case single
    }

    /// Those that can: a spin that fills a usual window makes short ones the same, and one that is
    /// little longer than a reading of the clock is not timed alone.
    private static func contenders(of duration: Nanoseconds, clock: TickClock) -> [Contender] {
        var contenders: [Contender] = [.windows]
        if duration < .milliseconds(2) { contenders.append(.shortWindows) }
        if duration.rawValue >= leastClockCosts * clock.calibration.regionCost {
            contenders.append(.single)
        }
        return contenders
    }

    private static func measure(
        _ contender: Contender, of duration: Nanoseconds, by measurement: InterleavedMeasurement,
        for time: Nanoseconds, in context: ForkContext, into recorder: inout Recorder
    ) throws {
        var order = context.generator(for: contender.rawValue)
        let windows = try measurement.run([PacedSpin.body(duration)], for: time, order: &order)
        WindowAnalysis(
            windows, contenders: [contender.rawValue], parameters: recorder.figureParameters()
        ).record("time", into: &recorder)
    }

    private static func measureSingly(
        _ duration: Nanoseconds, for time: Nanoseconds, in context: ForkContext,
        into recorder: inout Recorder
    ) throws {
        var order = context.generator(for: Contender.single.rawValue)
        let body = SingleOperations(PacedSpin.body(duration))
        let perTurn = max(1, Int(Nanoseconds.milliseconds(2) / duration))
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: perTurn, leastRounds: 5
        ).run([body], for: time, order: &order)
        let parameters = recorder.figureParameters().with("contender", Contender.single.rawValue)
        let times = turns.flatMap(\.nanoseconds)
        recorder.record("time", parameters, samples: times)
        var distribution = LatencyDistribution()
        for time in times { distribution.record(nanoseconds: time) }
        recorder.record("time", parameters, distribution: distribution)
    }

    private static func expect(
        _ duration: Nanoseconds, of contender: Contender, in recorder: inout Recorder
    ) {
        let time = duration.rawValue
        // An interruption of tens of microseconds every few milliseconds lengthens short spins in
        // usual windows by up to 0.8 %; longer spins take it up themselves (see `PacedSpin`).
        let margin = max(2, time / 100)
        recorder.expect(
            "time", recorder.figureParameters().with("contender", contender.rawValue), "median",
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
