/// Something about this machine that makes its figures less trustworthy, or that a reader of them
/// must know.
public struct Finding: Codable, Hashable, Sendable {
    /// How much it matters.
    public enum Severity: String, Codable, Sendable, CaseIterable, Comparable {
        /// Worth knowing, and no reason to doubt a figure.
        case harmless
        /// Visible in figures: tails, spread, or what two runs have in common.
        case notable
        /// A reason not to trust figures that were taken meanwhile.
        case serious

        /// Orders by weight.
        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int { Severity.allCases.firstIndex(of: self) ?? 0 }
    }

    /// What it costs figures here.
    public struct Cost: Codable, Hashable, Sendable, CustomStringConvertible {
        /// The cost where it was measured here, in ``unit``; otherwise `nil`.
        public let value: Double?
        /// `percent`, `ns` or `ratio`.
        public let unit: String?
        /// In words: what the value is of, or why there is none.
        public let description: String

        /// A cost that was measured.
        public static func measured(_ value: Double, _ unit: String, _ text: String) -> Cost {
            Cost(value: value, unit: unit, description: text)
        }

        /// A cost that was not measured, and what is known of it.
        public static func unmeasured(_ text: String) -> Cost {
            Cost(value: nil, unit: nil, description: "not measured: \(text)")
        }

        /// No cost.
        public static let none = Cost(value: nil, unit: nil, description: "none")
    }

    /// Which check found it, such as `jitter`.
    public let id: String
    /// What it is about, such as `time taken from core 1`.
    public let subject: String
    /// How much it matters.
    public let severity: Severity
    /// What was found, with figures.
    public let measured: String
    /// What it costs figures here.
    public let cost: Cost
    /// How to mend it; empty where nothing needs mending.
    public let remedy: String
    /// Where the facts came from.
    public let source: String

    /// A finding.
    public init(
        id: String, subject: String, severity: Severity, measured: String, cost: Cost,
        remedy: String, source: String
    ) {
        self.id = id
        self.subject = subject
        self.severity = severity
        self.measured = measured
        self.cost = cost
        self.remedy = remedy
        self.source = source
    }
}
