import CNilometerShims
import Hardware
import Measurement
import Quantities

/// A known answer for comparisons: a loop against the same loop with more steps.
enum Slowdown: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.slowdown",
        summary: "a loop (a) against the same loop with a given per cent more steps (b), side by "
            + "side: what a comparison must find, and at 0 must not",
        parameters: [
            ParameterSpecification(
                "percent", "how much more b does than a; a hundredth of a per cent is one step",
                .number(0...100), default: "5"),
            ParameterSpecification(
                "trial", "tells repetitions of one comparison apart", .integer(1...1000),
                default: "1"),
            ParameterSpecification(
                "burn", "whether a second thread burns the same processing unit meanwhile",
                .choice(["off", "on"]), default: "off"),
        ],
        metrics: [
            MetricSpecification(
                "time", .nanoseconds, .lower, .sampled, "one operation: 10 000 steps and more"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled, "time over that of a in the same round"),
        ],
        processingUnits: 1,
        floor:
            "a multiplication, a shift and an exclusive or a step, each waiting for the one before",
        contradiction: { parameters, _ in
            guard let percent = parameters["percent"].flatMap(Double.init) else { return nil }
            return moreSteps(percent) == nil ? "\(UnevenSlowdown(percent: percent))" : nil
        })

    /// Steps of an operation of a.
    static let steps = 10_000

    /// How many steps more `percent` per cent are; `nil` when that is no whole number.
    static func moreSteps(_ percent: Double) -> Int? {
        let more = percent * Double(steps) / 100
        return abs(more - more.rounded()) < 1e-6 ? Int(more.rounded()) : nil
    }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let percent = context.number("percent")
        guard let more = moreSteps(percent) else { throw UnevenSlowdown(percent: percent) }
        let bodies = [DependentSteps.body(steps), DependentSteps.body(steps + more)]
        let burner =
            context.text("burn") == "on" ? try Burner(on: context.processingUnit) : nil
        defer { burner?.stop() }
        var order = context.generator(for: "order")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            // The burner knows no turns.
            turns: burner == nil ? context.turns : nil
        ).run(bodies, for: context.time, order: &order)
        let parameters = recorder.figureParameters()
        let analysis = WindowAnalysis(windows, contenders: ["a", "b"], parameters: parameters)
        analysis.record("time", into: &recorder)
        analysis.recordRatios("relative", to: "a", into: &recorder)
        // A disturbed machine owes no answer.
        guard burner == nil else { return }
        let answer = 1 + percent / 100
        recorder.expect(
            "relative", parameters.with("contender", "b"), "median",
            .within(low: answer - tolerance, high: answer + tolerance),
            because: "b does \(steps + more) steps where a does \(steps)")
    }

    /// How far from its answer the ratio may lie.
    private static let tolerance = 0.01
}

/// A number of per cent that is no whole number of steps.
struct UnevenSlowdown: Error, CustomStringConvertible {
    let percent: Double

    var description: String {
        "percent=\(percent) of \(Slowdown.steps) steps is no whole number of steps; expected at "
            + "most two decimals"
    }
}

/// Steps that cannot overlap: each multiplies what the one before left.
enum DependentSteps {
    /// A body whose operation takes `steps` steps. All bodies run the same instructions.
    static func body(_ steps: Int) -> any MeasuredBody {
        LoopBody { iterations in perform(steps, iterations) }
    }

    @inline(never)
    private static func perform(_ steps: Int, _ iterations: Int) {
        var word: UInt64 = 1
        for _ in 0..<iterations {
            // The shift keeps compilers from folding steps: several multiplications and additions
            // in a row are one, and then 5 % more steps are not 5 % more work.
            for _ in 0..<steps {
                word = (word ^ (word >> 32)) &* 0xD6E8_FEB8_6659_FD93
            }
            nilometer_consume(word)
        }
    }
}
