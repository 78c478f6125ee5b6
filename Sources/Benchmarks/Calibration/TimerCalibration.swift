import Measurement
import Quantities

/// The clock: what a reading costs, how fine it is, whether it ever runs backwards, and how far it
/// drifts from the kernel's.
enum TimerCalibration: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.timer",
        summary: "cost, resolution, order and drift of the clock that times everything",
        parameters: [],
        metrics: [
            MetricSpecification(
                "cost", .nanoseconds, .lower, .sampled, "a reading, in windows of many"),
            MetricSpecification(
                "resolution", .nanoseconds, .lower, .sampled,
                "the least difference above zero between two readings in a row"),
            MetricSpecification(
                "drift", .percent, .neither, .sampled,
                "how much faster than the kernel's CLOCK_MONOTONIC_RAW it runs"),
            MetricSpecification(
                "backwards", .count(of: "readings"), .lower, .exact,
                "readings that were earlier than the one before"),
        ],
        processingUnits: 1,
        floor: "the instruction that reads the counter, with its fences")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try measureCosts(in: context, for: context.time / 2, into: &recorder)
        measureOrder(in: context, into: &recorder)
        measureDrift(in: context, for: context.time / 2, into: &recorder)
    }

    private static func measureCosts(
        in context: ForkContext, for time: Nanoseconds, into recorder: inout Recorder
    ) throws {
        let clock = context.clock
        let bodies: [any MeasuredBody] = [
            LoopBody { iterations in
                for _ in 0..<iterations { _ = clock.begin() }
            },
            LoopBody { iterations in
                for _ in 0..<iterations { _ = clock.end() }
            },
            LoopBody { iterations in
                for _ in 0..<iterations { _ = TickClock.monotonicRaw() }
            },
        ]
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: clock, processingUnit: context.processingUnit
        ).run(bodies, for: time, order: &order)
        WindowAnalysis(
            windows, contenders: ["begin", "end", "kernel"],
            parameters: recorder.figureParameters()
        ).record("cost", into: &recorder)
    }

    /// A million readings one after the other.
    private static func measureOrder(in context: ForkContext, into recorder: inout Recorder) {
        let clock = context.clock
        var backwards = 0
        var finest: [Double] = []
        var last = clock.end()
        for _ in 0..<100 {
            var least = UInt64.max
            for _ in 0..<10_000 {
                let now = clock.end()
                if now < last {
                    backwards += 1
                } else if now > last {
                    least = min(least, now - last)
                }
                last = now
            }
            if least < .max { finest.append(clock.nanoseconds(from: 0, to: least)) }
        }
        let parameters = recorder.figureParameters()
        recorder.record("resolution", parameters, samples: finest)
        recorder.record("backwards", parameters, samples: [Double(backwards)])
        recorder.expect(
            "backwards", parameters, "exact", .within(low: 0, high: 0),
            because: "a clock that times anything never runs backwards on one core")
    }

    /// Spans of ten milliseconds by both clocks; each reading of the kernel's is bracketed by two
    /// of ours, the tightest of several tries, so that an interruption does not count as drift.
    private static func measureDrift(
        in context: ForkContext, for time: Nanoseconds, into recorder: inout Recorder
    ) {
        let clock = context.clock
        func pairedReading() -> (ours: UInt64, kernels: UInt64) {
            var best: (gap: UInt64, ours: UInt64, kernels: UInt64) = (.max, 0, 0)
            for _ in 0..<16 {
                let before = clock.end()
                let kernels = TickClock.monotonicRaw()
                let gap = clock.end() - before
                if gap < best.gap { best = (gap, before + gap / 2, kernels) }
            }
            return (best.ours, best.kernels)
        }
        let span: UInt64 = 10_000_000
        let spans = max(5, Int(time.rawValue) / Int(span))
        var drifts: [Double] = []
        var start = pairedReading()
        while drifts.count < spans {
            while TickClock.monotonicRaw() - start.kernels < span {}
            let end = pairedReading()
            let ours = clock.nanoseconds(from: start.ours, to: end.ours)
            drifts.append((ours / Double(end.kernels - start.kernels) - 1) * 100)
            start = end
        }
        let parameters = recorder.figureParameters()
        recorder.record("drift", parameters, samples: drifts)
        recorder.expect(
            "drift", parameters, "median", .within(low: -0.05, high: 0.05),
            because: "calibrated against that clock: within 0.05 % of it")
    }
}
