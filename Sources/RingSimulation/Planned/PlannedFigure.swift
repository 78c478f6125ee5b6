public import StateMachines

/// A figure of a simulated run, with every value that was seen, and what arithmetic says beside it.
public struct PlannedFigure: Hashable, Sendable {
    /// What values are in.
    public enum Measure: Hashable, Sendable {
        /// Nanoseconds of simulated time.
        case time
        /// Operations a second.
        case operations
        /// Messages a second.
        case messages
        /// Bytes a second.
        case bytes
        /// Hundredths.
        case percent
        /// One figure over another.
        case ratio
        /// How many of something.
        case count(of: String)
    }

    /// Its name, lower-case.
    public let name: String
    /// What values are in.
    public let measure: Measure
    /// What it says, in a line.
    public let summary: String
    /// The values, in the order in which they came up; none where what it is the time of never came.
    public var values: [Double]
    /// What arithmetic says; nil where there is no model.
    public let model: Double?

    /// A figure.
    public init(
        _ name: String, _ measure: Measure, _ summary: String, _ values: [Double],
        model: Double? = nil
    ) {
        (self.name, self.measure, self.summary) = (name, measure, summary)
        (self.values, self.model) = (values, model)
    }

    /// A figure of times.
    init(_ name: String, _ summary: String, _ spans: [Span], model: Span? = nil) {
        self.init(
            name, .time, summary, spans.map { Double($0.nanoseconds) },
            model: model.map { Double($0.nanoseconds) })
    }

    /// The value that a share of them does not exceed, by the nearest rank; nil where there are none.
    ///
    /// - Complexity: O(n log n).
    public func quantile(_ share: Double) -> Double? {
        precondition(share >= 0 && share <= 1, "a share of \(share)")
        guard !values.isEmpty else { return nil }
        let rank = Int((share * Double(values.count)).rounded(.up))
        return values.sorted()[min(max(rank, 1), values.count) - 1]
    }
}

/// What came of a run under a plan.
public struct PlannedOutcome: Hashable, Sendable {
    /// The figures, in the order in which they are to be read; worth nothing where `violations` has a line.
    public var figures: [PlannedFigure]
    /// Operations that were answered, granted or decided.
    public var operations: Int
    /// Faults that applied, and their ends.
    public var faults: Int
    /// How long it ran, by the simulator's clock.
    public var simulated: Span
    /// The digest of the simulation's steps.
    public var trace: UInt64
    /// What the checkers found wrong, a line each.
    public var violations: [String]
    /// Whether a checker gave up, so that it is not known whether the run is right.
    public var isUnknown = false
}
