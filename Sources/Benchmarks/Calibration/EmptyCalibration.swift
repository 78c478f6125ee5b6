import Measurement
import Quantities

/// A body that does nothing, measured against itself: what the timing loop adds to a difference.
enum EmptyCalibration: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.empty",
        summary: "an empty body less an empty body: what the timing loop itself adds",
        parameters: [],
        metrics: [
            MetricSpecification(
                "net", .nanoseconds, .neither, .sampled,
                "an operation of one empty loop less one of the same loop, of the same round"),
            MetricSpecification(
                "loop", .nanoseconds, .neither, .sampled, "an iteration of the empty loop"),
        ],
        processingUnits: 1,
        floor: "one instruction and a taken branch an iteration")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        // Made by one function, so both are the same code at the same address.
        let bodies = (0..<2).map { _ in LoopBody.repeating(EmptyOperation()) }
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit
        ).run(bodies, for: context.time, order: &order)
        let parameters = recorder.figureParameters()
        var first: [Int: Double] = [:]
        for window in windows where window.contender == 0 {
            first[window.round] = window.nanosecondsPerOperation
        }
        recorder.record(
            "net", parameters,
            samples: windows.filter { $0.contender == 1 }.compactMap { window in
                first[window.round].map { window.nanosecondsPerOperation - $0 }
            })
        recorder.record("loop", parameters, samples: windows.map(\.nanosecondsPerOperation))
        recorder.expect(
            "net", parameters, "median", .intervalHolds(0),
            because: "nothing less nothing; a 95 % interval misses it in one run of twenty")
    }
}
