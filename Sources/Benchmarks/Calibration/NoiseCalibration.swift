import Hardware
import Measurement
import Quantities

/// The noise on the measuring core, and the proof that the probe sees noise: disturbances of known
/// length, read back.
enum NoiseCalibration: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.noise",
        summary: "the measuring core's own jitter, and whether the probe reads back disturbances "
            + "of known length",
        parameters: [
            ParameterSpecification(
                "probe", "how long the undisturbed core is probed in a round",
                .duration(Nanoseconds.milliseconds(1)...Nanoseconds.seconds(10)),
                default: "20 ms"),
            ParameterSpecification(
                "length", "how long a disturbance is",
                .duration(Nanoseconds.milliseconds(1)...Nanoseconds.seconds(1)),
                default: "5 ms"),
        ],
        distinctions: ["disturbance", "work"],
        metrics: [
            MetricSpecification(
                "longest-gap", .nanoseconds, .lower, .sampled,
                "longest time between two readings of the clock in an undisturbed probe"),
            MetricSpecification(
                "lost-share", .ratio, .lower, .sampled,
                "share of an undisturbed probe that passed in gaps"),
            MetricSpecification(
                "gaps", .count(of: "1/s"), .lower, .sampled,
                "gaps above the threshold in a second of an undisturbed probe"),
            MetricSpecification(
                "work-rate", .nanoseconds, .lower, .sampled,
                "median time of a fixed chunk of work, dependent (chain) or independent (wide)"),
            MetricSpecification(
                "work-spread", .ratio, .lower, .sampled,
                "99th percentile of these times over their median"),
            MetricSpecification(
                "read-back", .ratio, .neither, .sampled,
                "length that the probe found for a disturbance over its real length"),
            MetricSpecification(
                "attributed", .ratio, .higher, .sampled,
                "1 where the probe named the disturbance's cause as the main one, otherwise 0"),
        ],
        processingUnits: 1,
        floor: "a reading of the clock; what is shorter than the threshold is no gap")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        var found = Findings()
        let start = TickClock.monotonicRaw()
        repeat {
            try found.addRound(context)
        } while Double(TickClock.monotonicRaw() - start) < context.time.rawValue
        found.record(into: &recorder, length: context.duration("length"))
    }

    /// What the rounds gave.
    private struct Findings {
        private var readings: [JitterReading] = []
        private var work: [WorkReading] = []
        private var outcomes: [NoiseDisturbance: [NoiseDisturbance.Outcome]] = [:]

        /// A probe that is left alone, fixed work, and a probe in each disturbance.
        mutating func addRound(_ context: ForkContext) throws {
            let clock = context.clock
            readings.append(
                JitterProbe(clock: clock, duration: context.duration("probe")).run())
            work.append(WorkRate(clock: clock, duration: .milliseconds(10)).run())
            for disturbance in NoiseDisturbance.allCases {
                outcomes[disturbance, default: []].append(
                    try disturbance.probe(clock, length: context.duration("length")))
            }
        }

        func record(into recorder: inout Recorder, length: Nanoseconds) {
            let parameters = recorder.figureParameters(without: ["length"])
            recorder.record("longest-gap", parameters, samples: readings.map(\.longestGap))
            recorder.record("lost-share", parameters, samples: readings.map(\.lostShare))
            recorder.record("gaps", parameters, samples: readings.map(\.gapRate))
            for (name, rates) in [("chain", work.map(\.chain)), ("wide", work.map(\.wide))] {
                let kind = recorder.figureParameters(without: ["length", "probe"])
                    .with("work", name)
                recorder.record("work-rate", kind, samples: rates.map(\.median))
                recorder.record(
                    "work-spread", kind,
                    samples: rates.compactMap { rate in rate.p99.map { $0 / rate.median } })
            }
            for disturbance in NoiseDisturbance.allCases {
                record(disturbance, into: &recorder, length: length)
            }
        }

        private func record(
            _ disturbance: NoiseDisturbance, into recorder: inout Recorder, length: Nanoseconds
        ) {
            let all = outcomes[disturbance] ?? []
            let alone = all.filter(\.isAlone)
            let outcomes = alone.isEmpty ? all : alone
            let doubts = alone.isEmpty ? ["the core was never left alone"] : []
            if alone.count < all.count {
                recorder.note(
                    "rounds in which another thread had the core are left out of read-back and "
                        + "attributed, as far as others remain")
            }
            let parameters = recorder.figureParameters(without: ["probe"])
                .with("disturbance", disturbance.rawValue)
            recorder.record(
                "read-back", parameters, samples: outcomes.map { $0.found / $0.length },
                doubts: doubts)
            // A signal's delivery and a switch of threads are in the gap, not in its own length.
            let tolerance = max(0.05, Nanoseconds.microseconds(100) / length)
            recorder.expect(
                "read-back", parameters, "median",
                .within(low: 1 - tolerance, high: 1 + tolerance),
                because:
                    "the disturbance timed itself, or the kernel accounted for the wait; 5 % or "
                    + "100 µs are left for entering and leaving it")
            guard let cause = disturbance.expectedCause else { return }
            recorder.record(
                "attributed", parameters, samples: outcomes.map { $0.cause == cause ? 1 : 0 },
                doubts: doubts)
            recorder.expect(
                "attributed", parameters, "median", .within(low: 1, high: 1),
                because: "the kernel counts the switch that the disturbance makes")
        }
    }
}
