import Glibc
import Quantities

/// The comparisons of one slowdown, counted, beside what is expected of so many.
public struct SlowdownRow: Hashable, Encodable, Sendable, CustomStringConvertible {
    /// How much slower b was made, in per cent.
    public let percent: Double
    /// Whether the processing unit was burnt meanwhile.
    public let isBurnt: Bool
    /// How many comparisons there were.
    public let comparisons: Int
    /// How many said `regressed`.
    public let regressed: Int
    /// How many said `improved`.
    public let improved: Int
    /// How many said `unchanged`.
    public let unchanged: Int
    /// How many said `inconclusive`.
    public let inconclusive: Int
    /// How many said `unstable`.
    public let unstable: Int

    private enum CodingKeys: String, CodingKey {
        case percent
        case isBurnt = "burnt"
        case comparisons, regressed, improved, unchanged, inconclusive, unstable, outcome
    }

    /// Writes the counts and the outcome.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(percent, forKey: .percent)
        try container.encode(isBurnt, forKey: .isBurnt)
        try container.encode(comparisons, forKey: .comparisons)
        try container.encode(regressed, forKey: .regressed)
        try container.encode(improved, forKey: .improved)
        try container.encode(unchanged, forKey: .unchanged)
        try container.encode(inconclusive, forKey: .inconclusive)
        try container.encode(unstable, forKey: .unstable)
        try container.encodeIfPresent(outcome, forKey: .outcome)
    }

    init(percent: Double, isBurnt: Bool, _ statuses: [ComparisonStatus]) {
        func count(_ status: ComparisonStatus) -> Int { statuses.count { $0 == status } }
        self.percent = percent
        self.isBurnt = isBurnt
        comparisons = statuses.count
        regressed = count(.regressed)
        improved = count(.improved)
        unchanged = count(.unchanged)
        inconclusive = count(.inconclusive)
        unstable = count(.unstable)
    }

    /// The most changes that a rate of 1 % lets comparisons of a thing with itself report, regressions
    /// and improvements together, among those that were decided: more have a chance below 1 %. 6 of
    /// 200; unstable comparisons report nothing, so they allow nothing.
    public var changesAllowed: Int {
        SlowdownRow.most(of: comparisons - unstable, at: 0.01, withChance: 0.99)
    }

    /// The fewest regressions that a power of 95 % lets them find: fewer have a chance below 5 %.
    /// 45 of 50.
    public var regressionsRequired: Int {
        comparisons - SlowdownRow.most(of: comparisons, at: 0.05, withChance: 0.95)
    }

    /// How a row compares with what is expected of it.
    public enum Outcome: String, Codable, Sendable {
        /// It came out as it must.
        case met
        /// It did not, and noise is no excuse.
        case missed
        /// So many comparisons were called unstable that nothing was proven.
        case tooNoisy = "too-noisy"
    }

    /// How it came out; nil where nothing is required, since the procedure need not find a slowdown
    /// below 5 %.
    ///
    /// Unstable comparisons prove nothing about regressions: a thing compared with itself needs half
    /// of its comparisons without, and a slowdown is held to what noise left possible.
    public var outcome: Outcome? {
        if isBurnt { return unstable == comparisons ? .met : .missed }
        if percent == 0 {
            guard regressed + improved <= changesAllowed else { return .missed }
            return 2 * unstable > comparisons ? .tooNoisy : .met
        }
        guard percent >= 5 else { return nil }
        if regressed >= regressionsRequired { return .met }
        return regressed + unstable >= regressionsRequired ? .tooNoisy : .missed
    }

    /// The row as a line.
    public var description: String {
        "\(verdict)\(name): \(comparisons) comparison\(comparisons == 1 ? "" : "s"), \(regressed) regressed (\(expectation)), "
            + "\(improved) improved, \(unchanged) unchanged, \(inconclusive) inconclusive, "
            + "\(unstable) unstable"
    }

    private var verdict: String {
        switch outcome {
        case .met: "as expected: "
        case .missed: "NOT as expected: "
        case .tooNoisy: "too noisy to tell: "
        case nil: ""
        }
    }

    private var name: String {
        let what =
            percent == 0 ? "A/A" : "A/A + \(Presentation.significant(percent, digits: 4)) %"
        return isBurnt ? what + ", processor burnt" : what
    }

    private var expectation: String {
        if isBurnt { return "all must be unstable" }
        if percent == 0 {
            return
                "at most 1 % expected to change, \(changesAllowed) of \(comparisons - unstable) allowed"
        }
        guard percent >= 5 else { return "none required" }
        return "95 % expected on a quiet machine, \(regressionsRequired) of \(comparisons) required"
    }

    /// The smallest k that Bin(n, p) does not exceed with at least this chance.
    private static func most(of n: Int, at p: Double, withChance chance: Double) -> Int {
        var mass = pow(1 - p, Double(n))
        var (below, k) = (mass, 0)
        while below < chance && k < n {
            mass *= Double(n - k) / Double(k + 1) * p / (1 - p)
            k += 1
            below += mass
        }
        return k
    }
}
