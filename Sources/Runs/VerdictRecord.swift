/// What was found about a claim.
public enum Verdict: String, Codable, Sendable, CaseIterable {
    /// The measured interval satisfies the claim.
    case reproduced
    /// The measured interval contradicts the claim.
    case refuted
    /// The interval straddles the claimed figure.
    case inconclusive
    /// A named model, fitted to measurements, was used beyond them.
    case extrapolated
    /// The document contradicts itself or arithmetic.
    case inconsistent
    /// Something that this machine or build lacks is needed.
    case untestable
}

/// One row of `verdicts.csv`.
public struct VerdictRecord: Codable, Hashable, Sendable {
    /// What a verdict rests on.
    public enum Basis: String, Codable, Sendable, CaseIterable {
        /// Figures of the run: they decided, or were looked at and could not.
        case measured
        /// No figure: arithmetic, facts of the machine, or the lack of what would give figures.
        case reasoned
        /// Figures that the run does not have and another one would.
        case unmeasured
    }

    /// Claim identifier.
    public let claim: String
    /// Short name of the document that makes it.
    public let document: String
    /// Where in the document.
    public let section: String
    /// What it is about.
    public let subject: String
    /// What it says of it.
    public let metric: String
    /// How the figure is to be compared, as the document has it.
    public let comparator: String
    /// The figure as the document has it.
    public let claimed: String
    /// Unit symbol of `claimed`, `measured` and the interval.
    public let unit: String
    /// What was measured, in that unit.
    public let measured: Double?
    /// Lower end of the 95 % interval.
    public let ciLow: Double?
    /// Upper end of the 95 % interval.
    public let ciHigh: Double?
    /// Measured over claimed.
    public let ratio: Double?
    /// The verdict.
    public let verdict: Verdict
    /// How it was tested: `direct`, `model`, `arithmetic`, `peer` or `hardware`.
    public let how: String
    /// The profile of the figure.
    public let profile: String
    /// The workload, with the parameters of the figure.
    public let workload: String
    /// Why the verdict is what it is, in one sentence.
    public let reason: String
    /// What the verdict rests on; in `verdicts.json` only.
    public let basis: Basis

    /// A row.
    public init(
        claim: String, document: String, section: String, subject: String, metric: String,
        comparator: String, claimed: String, unit: String, measured: Double?, ciLow: Double?,
        ciHigh: Double?, ratio: Double?, verdict: Verdict, how: String, profile: String,
        workload: String, reason: String, basis: Basis = .measured
    ) {
        self.claim = claim
        self.document = document
        self.section = section
        self.subject = subject
        self.metric = metric
        self.comparator = comparator
        self.claimed = claimed
        self.unit = unit
        self.measured = measured
        self.ciLow = ciLow
        self.ciHigh = ciHigh
        self.ratio = ratio
        self.verdict = verdict
        self.how = how
        self.profile = profile
        self.workload = workload
        self.reason = reason
        self.basis = basis
    }

    /// The columns of `verdicts.csv`.
    public static let header = [
        "claim", "document", "section", "subject", "metric", "comparator", "claimed", "unit",
        "measured", "ci_low", "ci_high", "ratio", "verdict", "how", "profile", "workload",
        "reason",
    ]

    /// The fields of its row.
    public var fields: [String] {
        [
            claim, document, section, subject, metric, comparator, claimed, unit,
            Figure.text(measured), Figure.text(ciLow), Figure.text(ciHigh), Figure.text(ratio),
            verdict.rawValue, how, profile, workload, reason,
        ]
    }

    private enum CodingKeys: String, CodingKey {
        case claim, document, section, subject, metric, comparator, claimed, unit, measured
        case ciLow = "ci_low"
        case ciHigh = "ci_high"
        case ratio, verdict, how, profile, workload, reason, basis
    }
}
