import Measurement
import Quantities
import Runs

/// A measured figure, or the ratio of two, as a claim is judged by it.
struct Observation {
    /// What it is of, for the verdict's `workload` column.
    let workload: String
    /// Its parameters without the placement.
    let parameters: ParameterSet
    /// Where the cores were, for figures that say so.
    let placement: Placement?
    /// What it is, for the reason: `median latency`.
    let title: String
    /// The figure; `nil` where too few samples carry it.
    let value: Double?
    /// Its interval, the figure itself where it is exact.
    let interval: ClosedRange<Double>?
    /// The smallest and the largest sample behind it, where they are known and bound the figure.
    let extremes: (low: Double?, high: Double?)
    /// Why it cannot be taken at its interval; `nil` when it can.
    let doubt: String?
    /// The unit of all that.
    let unit: Unit
    /// What else to say of it: sentences.
    var remarks: [String] = []
    /// What was taken away while it was measured can have done to it, where that is all there is to
    /// doubt; `nil` where it may be wrong either way.
    var disturbance: Disturbance?

    /// What a processor that is taken away does to a figure.
    enum Disturbance {
        /// It makes a time longer.
        case lengthens
        /// It makes a rate smaller.
        case slows
    }

    /// Where it can be though it is doubtful: between the extremes of its samples, and no further than
    /// its interval on the side to which it was disturbed. `nil` where an end is unknown.
    var doubtfulEnds: (low: Double?, high: Double?) {
        let low = extremes.low.map { min($0, interval?.lowerBound ?? $0) }
        let high = extremes.high.map { max($0, interval?.upperBound ?? $0) }
        return switch (disturbance, interval) {
        case (.lengthens, let interval?): (low, interval.upperBound)
        case (.slows, let interval?): (interval.lowerBound, high)
        default: (low, high)
        }
    }

    /// Where it can be: in its interval, or between `doubtfulEnds` where it is doubtful. `nil` when it
    /// is doubtful and an end is unknown.
    var credible: ClosedRange<Double>? {
        if doubt == nil { return interval }
        let ends = doubtfulEnds
        return ends.low.flatMap { low in ends.high.map { low...max(low, $0) } }
    }

    /// The same in `unit`; `nil` when the dimensions differ.
    func converted(to unit: Unit) -> Observation? {
        func converted(_ number: Double) -> Double? {
            Quantity(number, self.unit).converted(to: unit)?.value
        }
        guard self.unit.isCommensurable(with: unit) else { return nil }
        let ends = interval.flatMap { interval in
            converted(interval.lowerBound).flatMap { low in
                converted(interval.upperBound).map { low...max(low, $0) }
            }
        }
        return Observation(
            workload: workload, parameters: parameters, placement: placement, title: title,
            value: value.flatMap(converted), interval: ends,
            extremes: (extremes.low.flatMap(converted), extremes.high.flatMap(converted)),
            doubt: doubt, unit: unit, remarks: remarks, disturbance: disturbance)
    }
}

extension Observation.Disturbance {
    /// What disturbed `figure`, where that is all there is to doubt and does one thing to its unit.
    fileprivate init?(of figure: Figure) {
        let doubts = figure.doubts
        guard !doubts.isEmpty, doubts.allSatisfy({ $0.hasPrefix(ForkNoise.doubt) }) else {
            return nil
        }
        switch Unit(named: figure.unit).dimension {
        case .time: self = .lengthens
        case .frequency, .bandwidth: self = .slows
        case .information, .ratio, .count: return nil
        }
    }
}

extension Observation {
    /// The observation that `figure` is; `extremes` are the ends of the samples behind it.
    init(_ figure: Figure, extremes: (low: Double?, high: Double?)) {
        workload = figure.workload
        parameters = figure.parameters.without("placement")
        placement = figure.parameters["placement"].flatMap { Placement(rawValue: $0) }
        title =
            figure.statistic == "exact"
            ? "metric \(figure.metric)" : "\(figure.statistic) \(figure.metric)"
        // A damaged run's folder may hold figures that are no numbers.
        func finite(_ number: Double?) -> Double? { number.flatMap { $0.isFinite ? $0 : nil } }
        value = finite(figure.value)
        // What is but a lower bound has no upper end, whatever was seen.
        let isBound = figure.quality.contains(Series.onlyAtLeast)
        self.extremes = (finite(extremes.low), isBound ? nil : finite(extremes.high))
        unit = Unit(named: figure.unit)
        if figure.statistic == "exact" {
            interval = value.map { $0...$0 }
        } else if let low = finite(figure.ciLow), let high = finite(figure.ciHigh), low <= high {
            interval = low...high
        } else {
            interval = nil
        }
        doubt =
            figure.quality != "ok" ? figure.quality : interval == nil ? "it has no interval" : nil
        disturbance = Disturbance(of: figure)
    }

    /// This observation in proportion to `base`, of which both ends of both intervals are taken:
    /// the interval of the ratio is wider than 95 % would need.
    func ratio(to base: Observation, title: String, workload: String) -> Observation {
        func divided(_ value: Double?, _ by: Double?) -> Double? {
            guard let value, let by, by > 0 else { return nil }
            return value / by
        }
        let low = divided(interval?.lowerBound, base.interval?.upperBound)
        let high = divided(interval?.upperBound, base.interval?.lowerBound)
        let interval = low.flatMap { low in high.map { low...max(low, $0) } }
        let doubts = [doubt, base.doubt].compactMap { $0 }
        return Observation(
            workload: workload, parameters: parameters, placement: placement, title: title,
            value: divided(value, base.value), interval: interval,
            extremes: (
                divided(extremes.low, base.extremes.high), divided(extremes.high, base.extremes.low)
            ),
            doubt: doubts.isEmpty
                ? interval == nil ? "it has no interval" : nil
                : Array(Set(doubts)).sorted().joined(separator: "; "),
            unit: .ratio)
    }
}
