/// How many bytes requests carry.
///
/// Text forms: `fixed:64`, `uniform:1:4096`, `log-normal:512:1.0`, `log-normal:512:1.0:16:65536`.
public enum SizeDistribution: Hashable, Sendable, CustomStringConvertible {
    /// Always the same.
    case fixed(Int)
    /// Every size of the range as often as any other.
    case uniform(ClosedRange<Int>)
    /// A log-normal number of this median and this deviation of its natural logarithm, rounded to the
    /// nearest size; what falls outside the range becomes its nearer end. So the ends get the
    /// probability of everything beyond them, and the median stays as long as the range holds it.
    case logNormal(median: Double, sigma: Double, within: ClosedRange<Int>)

    /// The sizes that a text may name, and the range of a log-normal one that names none: 1 B to
    /// 1 GiB.
    public static let allowed = 1...(1 << 30)

    /// The distribution that `text` names.
    public init(parsing text: String) throws(PatternProblem) {
        let parts = PatternText(text)
        switch parts.word {
        case "fixed":
            try parts.checkFieldCount(1...1, form: "'fixed:BYTES'")
            self = .fixed(try parts.integer(0, "the size", in: SizeDistribution.allowed))
        case "uniform":
            try parts.checkFieldCount(2...2, form: "'uniform:LEAST:MOST'")
            self = .uniform(try SizeDistribution.range(parts, from: 0))
        case "log-normal": self = try SizeDistribution.logNormal(parts)
        default:
            throw PatternProblem(
                text, found: "'\(parts.word)'",
                expected: "one of fixed:BYTES, uniform:LEAST:MOST, log-normal:MEDIAN:SIGMA, "
                    + "log-normal:MEDIAN:SIGMA:LEAST:MOST")
        }
    }

    private static func logNormal(_ parts: PatternText) throws(PatternProblem) -> SizeDistribution {
        let form = "'log-normal:MEDIAN:SIGMA' or 'log-normal:MEDIAN:SIGMA:LEAST:MOST'"
        try parts.checkFieldCount(2...4, form: form)
        if parts.fieldCount == 3 {
            throw PatternProblem(parts.text, found: "a least size without a most", expected: form)
        }
        let within = parts.fieldCount == 4 ? try range(parts, from: 2) : allowed
        let median = try parts.number(
            0, "the median", "a number from \(within.lowerBound) to \(within.upperBound)"
        ) { $0 >= Double(within.lowerBound) && $0 <= Double(within.upperBound) }
        let sigma = try parts.number(1, "sigma", "a number from 0 to 10") { (0...10).contains($0) }
        return .logNormal(median: median, sigma: sigma, within: within)
    }

    private static func range(
        _ parts: PatternText, from index: Int
    ) throws(PatternProblem) -> ClosedRange<Int> {
        let least = try parts.integer(index, "the least size", in: allowed)
        let most = try parts.integer(
            index + 1, "the most", in: least...allowed.upperBound)
        return least...most
    }

    /// The next size. O(1); a fixed size draws nothing from the generator.
    public func next(using generator: inout Xoshiro256StarStar) -> Int {
        switch self {
        case .fixed(let size): return size
        case .uniform(let range):
            let width = UInt64(range.upperBound - range.lowerBound) + 1
            return range.lowerBound + Int(generator.next(below: width))
        case .logNormal(let median, let sigma, let range):
            let size = generator.nextLogNormal(median: median, sigma: sigma).rounded()
            return Int(min(max(size, Double(range.lowerBound)), Double(range.upperBound)))
        }
    }

    /// The largest size that it gives.
    public var largest: Int {
        switch self {
        case .fixed(let size): size
        case .uniform(let range), .logNormal(_, _, let range): range.upperBound
        }
    }

    /// The text form.
    public var description: String {
        switch self {
        case .fixed(let size): "fixed:\(size)"
        case .uniform(let range): "uniform:\(range.lowerBound):\(range.upperBound)"
        case .logNormal(let median, let sigma, SizeDistribution.allowed):
            "log-normal:\(median):\(sigma)"
        case .logNormal(let median, let sigma, let range):
            "log-normal:\(median):\(sigma):\(range.lowerBound):\(range.upperBound)"
        }
    }
}
