import Counters
import Measurement
import Runs

/// What an operation costs on one side: its time and what was counted while it took it.
public struct CountedCosts: Hashable, Sendable {
    /// Wall time of an operation, in nanoseconds.
    public var time: Double
    /// Events per operation, by the counter's name in results: `PAPI_TOT_INS`, `page-faults`,
    /// `sde:::nilometer::storage.commit.syncs`; `task-clock` in nanoseconds.
    public var events: [String: Double]
    /// Why a counter that was asked for counted nothing, by its name in results.
    public var refusals: [String: String]

    /// Costs.
    ///
    /// - Precondition: the time is positive.
    public init(time: Double, events: [String: Double], refusals: [String: String] = [:]) {
        precondition(time > 0 && time.isFinite, "an operation takes time, not \(time)")
        self.time = time
        self.events = events
        self.refusals = refusals
    }

    /// The costs of `metric` on a side: its time, and the counts of the same windows by the
    /// measuring thread; `nil` where the metric is neither a time nor a rate.
    init?(of figure: ForkedFigure, in side: MeasuredSide) {
        guard let time = CountedCosts.time(figure) else { return nil }
        let key = figure.identity.key
        let asked = key.parameters.with("of", key.metric)
        var events: [String: Double] = [:]
        for other in side.figures where other.isCount {
            let count = other.identity.key
            guard count.workload == key.workload, count.profile == key.profile,
                count.parameters == asked, !count.metric.hasSuffix(".share")
            else { continue }
            events[String(count.metric.dropFirst("counter.".count))] = other.center
        }
        events.merge(CountedCosts.ofProgram(figure, in: side)) { counted, _ in counted }
        self.init(time: time, events: events, refusals: side.refusals)
    }

    /// What a whole program was counted to take, whose figures these are beside its time.
    private static func ofProgram(
        _ figure: ForkedFigure, in side: MeasuredSide
    ) -> [String: Double] {
        let key = figure.identity.key
        guard key.metric == "wall" else { return [:] }
        var found: [String: Double] = [:]
        for other in side.figures {
            let count = other.identity.key
            guard count.workload == key.workload, count.profile == key.profile,
                count.parameters == key.parameters
            else { continue }
            found[count.metric] = other.center
        }
        var events = found.filter { ["minor-faults", "major-faults"].contains($0.key) }
        events["PAPI_TOT_INS"] = found["instructions"]
        if let user = found["user"], let system = found["system"] {
            events["task-clock"] = user + system
        }
        return events
    }

    /// The time of an operation: the figure itself, or one over a rate.
    private static func time(_ figure: ForkedFigure) -> Double? {
        let center = figure.center
        guard center > 0, figure.identity.statistic == "median" else { return nil }
        if figure.identity.unit == "ns" { return center }
        guard figure.identity.unit.hasSuffix("/s"), figure.better == .higher else { return nil }
        return 1e9 / center
    }

    /// Instructions of an operation, where they were counted.
    var instructions: Double? { positive("PAPI_TOT_INS") }
    /// Cycles of an operation.
    var cycles: Double? { positive("PAPI_TOT_CYC") }
    /// Nanoseconds of an operation in which the thread ran.
    var running: Double? {
        positive(SoftwareEvent.taskClock.rawValue) ?? positive(SoftwareEvent.cpuClock.rawValue)
    }

    private func positive(_ name: String) -> Double? {
        events[name].flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
    }
}
