import Randomness

/// How intended start times are spaced.
///
/// Text forms: `constant`, `poisson`, `burst:32`, `burst:32:poisson`.
public enum ArrivalPattern: Hashable, Sendable, CustomStringConvertible {
    /// How the gaps between arrivals (or bursts of them) come about.
    public enum Spacing: String, Hashable, Sendable, CaseIterable {
        /// All alike.
        case constant
        /// Exponential and independent: a Poisson process, which is what many clients that know
        /// nothing of each other make together.
        case poisson
    }

    /// One request at a time.
    case single(Spacing)
    /// `size` requests at once, at the same average rate: the gaps are `size` times as long.
    case burst(size: Int, Spacing)

    /// Equal gaps.
    public static let constant = ArrivalPattern.single(.constant)
    /// A Poisson process.
    public static let poisson = ArrivalPattern.single(.poisson)
    /// How many requests a burst may have.
    public static let burstSizes = 1...1_000_000

    /// The pattern that `text` names.
    public init(parsing text: String) throws(PatternProblem) {
        let parts = PatternText(text)
        if let spacing = Spacing(rawValue: parts.word) {
            try parts.checkFieldCount(0...0, form: "'\(spacing.rawValue)'")
            self = .single(spacing)
            return
        }
        guard parts.word == "burst" else {
            throw PatternProblem(
                text, found: "'\(parts.word)'",
                expected: "one of constant, poisson, burst:SIZE, burst:SIZE:poisson")
        }
        try parts.checkFieldCount(1...2, form: "'burst:SIZE' or 'burst:SIZE:poisson'")
        let size = try parts.integer(0, "the size of a burst", in: ArrivalPattern.burstSizes)
        let word = parts.field(1) ?? Spacing.constant.rawValue
        guard let spacing = Spacing(rawValue: word) else {
            throw PatternProblem(text, found: "'\(word)'", expected: "'constant' or 'poisson'")
        }
        self = .burst(size: size, spacing)
    }

    /// How many requests arrive at once.
    public var burstSize: Int {
        switch self {
        case .single: 1
        case .burst(let size, _): size
        }
    }

    /// How the gaps come about.
    public var spacing: Spacing {
        switch self {
        case .single(let spacing), .burst(_, let spacing): spacing
        }
    }

    /// The text form.
    public var description: String {
        switch self {
        case .single(let spacing): spacing.rawValue
        case .burst(let size, .constant): "burst:\(size)"
        case .burst(let size, .poisson): "burst:\(size):poisson"
        }
    }
}
