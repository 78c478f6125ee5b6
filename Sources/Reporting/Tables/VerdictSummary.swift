public import Runs

/// How many claims got which verdict.
public struct VerdictSummary: Hashable, Sendable, CustomStringConvertible {
    /// The verdicts that were given, in their usual order, with how often.
    public let counts: [Count]

    /// A verdict and how often it was given.
    public struct Count: Hashable, Sendable {
        /// The verdict.
        public let verdict: Verdict
        /// How many claims got it.
        public let number: Int
    }

    /// Counts `verdicts`.
    public init(_ verdicts: [VerdictRecord]) {
        counts = Verdict.allCases.compactMap { verdict in
            let number = verdicts.count { $0.verdict == verdict }
            return number > 0 ? Count(verdict: verdict, number: number) : nil
        }
    }

    /// How many claims were judged.
    public var total: Int { counts.reduce(0) { $0 + $1.number } }

    /// `12 claims: 7 reproduced, 2 refuted, 3 untestable`.
    public var description: String {
        let claims = total == 1 ? "1 claim" : "\(total) claims"
        guard total > 0 else { return "no claims" }
        return "\(claims): "
            + counts.map { "\($0.number) \($0.verdict.rawValue)" }.joined(separator: ", ")
    }
}
