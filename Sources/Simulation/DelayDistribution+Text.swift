import StateMachines

/// Text forms: `constant:1ms`, `uniform:1ms:5ms`, `exponential:5ms` (the mean), `exponential:5ms:1ms`
/// (with what nothing goes below), `log-normal:2ms:0.5` (median and sigma).
extension DelayDistribution: CustomStringConvertible {
    /// The text form, from which `init(parsing:)` makes the same distribution again.
    public var description: String {
        switch self {
        case .constant(let span): "constant:\(span.text)"
        case .uniform(let least, let most): "uniform:\(least.text):\(most.text)"
        case .exponential(.zero, let mean): "exponential:\(mean.text)"
        case .exponential(let floor, let mean): "exponential:\(mean.text):\(floor.text)"
        case .logNormal(let median, let sigma): "log-normal:\(median.text):\(sigma)"
        }
    }

    /// The distribution that a text names; whether it can be drawn from `validate` says.
    public init(parsing text: String) throws(SimulationProblem) {
        guard let parsed = DelayDistribution(text: text) else {
            throw .malformed(line: 1, found: "'\(text)'", expected: DelayDistribution.form)
        }
        self = parsed
    }

    static let form =
        "constant:SPAN, uniform:LEAST:MOST, exponential:MEAN, exponential:MEAN:LEAST or "
        + "log-normal:MEDIAN:SIGMA"

    init?(text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let spans = parts.dropFirst().map { Span(text: $0) }
        switch (parts[0], parts.count) {
        case ("constant", 2):
            guard let span = spans[0] else { return nil }
            self = .constant(span)
        case ("uniform", 3):
            guard let least = spans[0], let most = spans[1] else { return nil }
            self = .uniform(least, most)
        case ("exponential", 2):
            guard let mean = spans[0] else { return nil }
            self = .exponential(mean: mean)
        case ("exponential", 3):
            guard let mean = spans[0], let floor = spans[1] else { return nil }
            self = .exponential(above: floor, mean: mean)
        case ("log-normal", 3):
            guard let median = spans[0], let sigma = Double(parts[2]) else { return nil }
            self = .logNormal(median: median, sigma: sigma)
        default: return nil
        }
    }
}
