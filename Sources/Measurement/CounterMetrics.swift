import Counters
import Quantities

/// The figures that counters give beside those that a benchmark declares.
///
/// For a counter `E` of `--counters`: `counter.E`, its events per operation of the timed windows of
/// one of the benchmark's metrics (the parameter `of` names it); `counter.E.share`, the share of
/// those windows in which it was counted, where that is not all; and `counter.E.total`, the events of
/// the fork, from benchmarks that time no windows.
public enum CounterMetrics {
    /// The specifications of the figures of `names`.
    public static func specifications(of names: [CounterName]) -> [MetricSpecification] {
        names.flatMap { name in
            [
                MetricSpecification(
                    metric(name), name.isTime ? .nanoseconds : .count(of: "events/op"),
                    better(name), .sampled,
                    "\(name) per operation of the timed windows: a round trip where the metric "
                        + "halves one"),
                MetricSpecification(
                    share(name), .ratio, .neither, .sampled,
                    "windows in which \(name) was counted, over all: the hardware counts only "
                        + "some events at once"),
                MetricSpecification(
                    total(name), name.isTime ? .nanoseconds : .count(of: "events"),
                    better(name), .sampled, "\(name) in the whole fork, set-up included"),
            ]
        }
    }

    /// How the notes begin that say what of a counter is missing, and why.
    public static let notePrefix = "counter "

    static func metric(_ name: CounterName) -> String { "counter.\(name)" }
    static func share(_ name: CounterName) -> String { "counter.\(name).share" }
    static func total(_ name: CounterName) -> String { "counter.\(name).total" }

    /// What the processor and the kernel count is cost; what the engine publishes is work.
    private static func better(_ name: CounterName) -> MetricSpecification.Direction {
        if case .published = name { .neither } else { .lower }
    }
}

/// The counts of one window, and over how many operations.
public struct CountedWindow: Sendable {
    /// The operations of the window.
    public let operations: Int
    /// What was counted; a counter that did not count in this window is missing.
    public let counts: [CounterReading]

    /// A window of at least one operation.
    public init(operations: Int, counts: [CounterReading]) {
        precondition(operations > 0, "a window has operations, not \(operations)")
        self.operations = operations
        self.counts = counts
    }
}

extension Recorder {
    /// Records what was counted in the windows that `metric` was taken from, per operation.
    ///
    /// - Parameters:
    ///   - parameters: those of the metric's figure. The partner's counts have `thread=partner`.
    ///   - windows: the windows that ran steadily.
    ///   - doubts: reasons to doubt the metric.
    public mutating func recordCounts(
        of metric: String, _ parameters: ParameterSet, in windows: [CountedWindow],
        doubts: [String] = []
    ) {
        var found: [(name: CounterName, thread: CounterReading.Counted, values: [Double])] = []
        for window in windows {
            for reading in window.counts {
                let value = reading.count / Double(window.operations)
                let index = found.firstIndex {
                    $0.name == reading.name && $0.thread == reading.thread
                }
                if let index {
                    found[index].values.append(value)
                } else {
                    found.append((reading.name, reading.thread, [value]))
                }
            }
        }
        for (name, thread, values) in found {
            var figure = parameters.with("of", metric)
            if thread == .partner { figure = figure.with("thread", thread.rawValue) }
            record(CounterMetrics.metric(name), figure, samples: values, doubts: doubts)
            guard values.count < windows.count else { continue }
            record(
                CounterMetrics.share(name), figure,
                samples: [Double(values.count) / Double(windows.count)])
        }
    }

    /// Records what was counted in a whole fork.
    mutating func recordTotals(_ counts: [CounterReading]) {
        for reading in counts {
            record(
                CounterMetrics.total(reading.name),
                figureParameters().with("thread", reading.thread.rawValue),
                samples: [reading.count])
        }
    }
}
