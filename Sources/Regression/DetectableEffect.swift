import Glibc
import Quantities
import Randomness
import Statistics

/// The smallest change that a host can tell from none, by comparisons of a thing with itself.
///
/// Found by simulation on the observed noise: forks are drawn, with replacement, from those of A/A
/// comparisons, each ratio or its inverse (A and B are the same, so either could have been either),
/// and `forks` of them make a comparison. Multiplying B by 1 + e moves the paired interval by just
/// that factor, so each drawn comparison has a smallest e that it would have found; the effect is
/// the one that `power` of the comparisons find. What is found has an interval clear of 1. A
/// threshold below this effect promises what the host cannot see.
///
/// Where the log ratios of forks are normal with deviation σ, eight forks at 0.99 find a change when
/// all eight lie on its side, so that the effect is Φ⁻¹(0.95^⅛)·σ = 2.49 σ.
public struct DetectableEffect: Hashable, Codable, Sendable {
    /// The relative effect, e.g. 0.012 for 1.2 %.
    public let effect: Double
    /// Forks of the comparisons that it holds for.
    public let forks: Int
    /// Confidence of their intervals.
    public let confidence: Double
    /// The share of comparisons that find it.
    public let power: Double
    /// How many A/A forks it was found from.
    public let observedForks: Int

    /// Why there is no figure.
    public enum Unavailable: Error, Hashable, CustomStringConvertible {
        /// Too few forks of A/A comparisons to know the noise by.
        case tooFewForks(have: Int, need: Int)
        /// Comparisons of so few forks show nothing at the confidence.
        case comparisonTooSmall(forks: Int, need: Int)
        /// The noise exceeds what comparisons accept.
        case unstable(reason: String)
        /// A fork's median ratio is zero or negative.
        case notPositive

        /// What was found and what was expected.
        public var description: String {
            switch self {
            case .tooFewForks(let have, let need):
                "\(have) processes of A/A comparisons, \(need) needed to know the noise"
            case .comparisonTooSmall(let forks, let need):
                "comparisons of \(forks) processes show nothing, \(need) needed"
            case .unstable(let reason): "the host is too noisy to compare on: \(reason)"
            case .notPositive: "a ratio is not positive"
            }
        }
    }

    /// The fewest A/A forks: four comparisons of ten. The tail that decides (one fork in 150 where
    /// eight must agree) lies at the edge of what so many show.
    public static let fewestForks = 40

    /// The effect that comparisons of `forks` paired forks would find.
    ///
    /// - Parameters:
    ///   - ratios: of A/A comparisons, round by round, one array a fork.
    ///   - rule: its confidence, seed and limits of spread; its threshold plays no part.
    ///   - draws: simulated comparisons.
    /// - Complexity: O(draws · forks² · log forks).
    public init(
        from ratios: [[Double]], forks: Int = ComparisonRule.usualForks, rule: ComparisonRule,
        power: Double = 0.95,
        draws: Int = 4000
    ) throws(Unavailable) {
        precondition(power > 0 && power < 1, "power \(power) must lie between 0 and 1")
        precondition(draws >= 100, "\(draws) draws: at least 100 are needed")
        guard ratios.count >= DetectableEffect.fewestForks else {
            throw .tooFewForks(have: ratios.count, need: DetectableEffect.fewestForks)
        }
        guard forks >= rule.forksNeeded else {
            throw .comparisonTooSmall(forks: forks, need: rule.forksNeeded)
        }
        guard let spread = ComparedSamples.paired(ratios: ratios).spread else {
            throw .notPositive
        }
        if let reason = spread.excess(over: rule).first { throw .unstable(reason: reason) }
        let figures = ratios.map { Quantile.median(of: $0) }
        var generator = rule.seed.derived(for: "detectable effect").generator()
        let needed = (0..<draws).map { _ in
            let drawn = (0..<forks).map { _ in
                let figure = figures[Int(generator.next(below: UInt64(figures.count)))]
                return [generator.next() >> 63 == 0 ? figure : 1 / figure]
            }
            return DetectableEffect.needed(drawn, rule)
        }
        effect = Quantile.of(needed, at: power)
        self.forks = forks
        confidence = rule.confidence
        self.power = power
        observedForks = ratios.count
    }

    /// The effect at which the interval of these forks becomes clear of 1.
    private static func needed(_ drawn: [[Double]], _ rule: ComparisonRule) -> Double {
        guard let interval = Evidence.pairedRatio(drawn, rule).interval else {
            preconditionFailure("\(drawn.count) forks give no interval")
        }
        return max(0, 1 / interval.low - 1)
    }

    /// Why `threshold` is refused on this host; nil when the host can see it.
    public func refusal(of threshold: Double) -> String? {
        guard threshold < effect else { return nil }
        return "a threshold of \(Presentation.percent(threshold)) is below what this host can "
            + "tell from noise: \(self)"
    }
}

extension DetectableEffect: CustomStringConvertible {
    /// The effect and what it assumes.
    public var description: String {
        "\(Presentation.percent(effect)) (found by \(Presentation.percent(power)) of comparisons of "
            + "\(forks) processes each at confidence \(confidence), if the noise is that of the "
            + "\(observedForks) processes that compared a thing with itself)"
    }
}
