import Counters
import Measurement
import Quantities

/// Work whose numbers of events are known, counted by every source that can.
enum CounterCalibration: Benchmark {
    static let description = BenchmarkDescription(
        name: "calibration.counter",
        summary:
            "known numbers of instructions, page faults, context switches and software-defined "
            + "events, against what the counters say",
        parameters: [
            ParameterSpecification(
                "pages", "fresh pages that are touched", .integer(1...65_536), default: "1000"),
            ParameterSpecification(
                "sleeps", "sleeps, each a context switch", .integer(1...1000), default: "20"),
            ParameterSpecification(
                "increments", "increments of a counter that is published through PAPI",
                .integer(1...100_000_000), default: "100000"),
            ParameterSpecification(
                "iterations", "turns of a loop of two instructions, one of them a branch",
                .integer(1_000_000...1_000_000_000), default: "1000000"),
        ],
        distinctions: ["event", "source"],
        metrics: [
            MetricSpecification(
                "count", .count(of: "events"), .neither, .sampled,
                "events that a source counted, of a number that is known")
        ],
        processingUnits: 1,
        floor: "the known number")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let works = try KnownWork.all(in: context)
        // The counters are shown as they are: what is wrong with them is to be seen here.
        let counters = ThreadCounters(works.map(\.counter), validation: { .omitted })
        var found: [[CalibrationSource: [Double]]] = works.map { _ in [:] }
        let start = context.clock.begin()
        var turn = 0
        repeat {
            for (index, work) in works.enumerated() {
                let usage = EventCounts.currentOfThread()
                let mark = counters.mark(turn: turn)
                try work.run()
                let counts = counters.counts(since: mark)
                let used = EventCounts.currentOfThread().since(usage)
                if let reading = counts.first(where: { $0.name == work.counter }) {
                    found[index][work.source, default: []].append(reading.count)
                }
                if let value = work.usage?(used) {
                    found[index][.usage, default: []].append(Double(value))
                }
            }
            turn += 1
        } while turn < leastTurns
            || context.clock.nanoseconds(from: start, to: context.clock.end())
                < context.time.rawValue
        for (work, bySource) in zip(works, found) {
            // What a source could not count is still expected of it: the answer is unmeasured then.
            for source in work.sources {
                let parameters = recorder.figureParameters()
                    .with("event", work.counter.description).with("source", source.rawValue)
                if let values = bySource[source] {
                    recorder.record("count", parameters, samples: values)
                }
                recorder.expect("count", parameters, "median", work.answer, because: work.reason)
            }
        }
        for (name, reason) in counters.absences {
            recorder.note("\(CounterMetrics.notePrefix)\(name) unavailable: \(reason)")
        }
    }

    /// Enough for a median that one interrupt does not move.
    private static let leastTurns = 11
}

/// Who counted.
enum CalibrationSource: String, CaseIterable {
    /// The processor, through PAPI.
    case papi
    /// The kernel's events.
    case perf
    /// PAPI's software-defined events.
    case sde
    /// `getrusage`.
    case usage = "rusage"
}
