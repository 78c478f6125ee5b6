import Measurement
import Quantities

/// The search for the highest rate that still meets an objective: growth by a factor until one is
/// missed, then bisection (by the geometric mean) until the bracket is narrow enough.
///
/// A rate counts as met or missed when that many trials agree, so one disturbed trial decides
/// nothing. The search knows neither clock nor target: it says which rate to try, and is told how that
/// went. It assumes that a rate above a missed one would be missed too.
public struct RateSearch: Sendable {
    /// How the search ends.
    public enum Outcome: Hashable, Sendable, CustomStringConvertible {
        /// `met` was met and `missed`, the next higher one that was tried, was not.
        case found(met: Double, missed: Double)
        /// The objective was missed at the lowest rate.
        case unreachable(lowest: Double)
        /// The objective was met at the highest rate, so there may be more.
        case neverMissed(highest: Double)

        /// The outcome in words.
        public var description: String {
            func text(_ rate: Double) -> String { Presentation.significant(rate, digits: 4) }
            return switch self {
            case .found(let met, let missed):
                "met at \(text(met)) requests/s, missed at \(text(missed))"
            case .unreachable(let lowest):
                "missed even at \(text(lowest)) requests/s, the lowest rate tried"
            case .neverMissed(let highest):
                "met even at \(text(highest)) requests/s, the highest rate tried"
            }
        }
    }

    /// What to do next.
    public enum Step: Hashable, Sendable {
        /// Run at this rate, and tell.
        case attempt(rate: Double)
        /// Nothing more.
        case finished(Outcome)
    }

    /// The rates between which the search moves.
    public let rates: ClosedRange<Double>
    /// By how much a rate grows until one is missed.
    public let growth: Double
    /// The search ends when `missed` is at most this share above `met`.
    public let resolution: Double
    /// How many trials at a rate have to agree.
    public let confirmations: Int

    /// What to do next.
    public private(set) var next: Step
    /// The highest rate that was met so far.
    public private(set) var met: Double?
    /// The lowest rate that was missed so far.
    public private(set) var missed: Double?
    /// Trials that had too few requests to say anything.
    public private(set) var undecided = 0
    private var votesFor = 0
    private var votesAgainst = 0

    /// A search between `rates`, the lowest above 0, which begins with that.
    ///
    /// - Parameters:
    ///   - growth: above 1.
    ///   - resolution: above 0.
    ///   - confirmations: at least 1; of 2, the third trial decides when two disagree.
    public init(
        in rates: ClosedRange<Double>, growth: Double = 2, resolution: Double = 0.02,
        confirmations: Int = 2
    ) {
        precondition(
            rates.lowerBound > 0 && rates.upperBound.isFinite, "rates \(rates) of a search")
        precondition(growth > 1 && resolution > 0, "growth \(growth), resolution \(resolution)")
        precondition(confirmations > 0, "\(confirmations) confirmations")
        self.rates = rates
        self.growth = growth
        self.resolution = resolution
        self.confirmations = confirmations
        next = .attempt(rate: rates.lowerBound)
    }

    /// Takes note of a trial at the rate that `next` asks for. A finished search takes none.
    public mutating func record(isMet: Bool) {
        guard case .attempt(let rate) = next else {
            preconditionFailure("the search is finished: \(next)")
        }
        if isMet { votesFor += 1 } else { votesAgainst += 1 }
        guard max(votesFor, votesAgainst) >= confirmations else { return }
        if votesFor >= confirmations { met = rate } else { missed = rate }
        (votesFor, votesAgainst) = (0, 0)
        next = step()
    }

    private func step() -> Step {
        switch (met, missed) {
        case (nil, let missed?): return .finished(.unreachable(lowest: missed))
        case (let met?, nil):
            guard met < rates.upperBound else { return .finished(.neverMissed(highest: met)) }
            return .attempt(rate: min(met * growth, rates.upperBound))
        case (let met?, let missed?):
            let middle = (met * missed).squareRoot()
            // The second condition ends what a resolution below that of numbers would not.
            guard missed > met * (1 + resolution), middle > met, middle < missed else {
                return .finished(.found(met: met, missed: missed))
            }
            return .attempt(rate: middle)
        case (nil, nil): return next
        }
    }

    /// The outcome of what is known, whether or not the search is finished; `nil` while nothing is.
    public var outcome: Outcome? {
        if case .finished(let outcome) = next { return outcome }
        switch (met, missed) {
        case (let met?, let missed?): return .found(met: met, missed: missed)
        case (let met?, nil): return .neverMissed(highest: met)
        case (nil, let missed?): return .unreachable(lowest: missed)
        case (nil, nil): return nil
        }
    }

    /// Runs trials until the search is finished or `time` has passed; true when it is finished.
    /// A trial under way is not cut short. One with too few requests is neither met nor missed: it
    /// is counted in `undecided` and made again.
    public mutating func run(
        for time: Nanoseconds, clock: TickClock,
        trial: (Double) throws -> LatencyObjective.Verdict
    ) rethrows -> Bool {
        let start = clock.begin()
        while case .attempt(let rate) = next {
            guard clock.nanoseconds(from: start, to: clock.end()) < time.rawValue else {
                return false
            }
            switch try trial(rate) {
            case .met: record(isMet: true)
            case .missed: record(isMet: false)
            case .tooFewRequests: undecided += 1
            }
        }
        return true
    }
}
