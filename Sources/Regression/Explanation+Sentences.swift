import Quantities

extension Explanation {
    /// The explanation in sentences, a line each: the main factor first, then the others, the events
    /// that changed, and what is missing.
    public var sentences: [String] {
        var lines: [String] = []
        if let main, factors.count > 1 {
            lines.append(
                "\(share(main)) of the change: \(name(main)) × \(number(main.ratio))")
        }
        if factors.count > 1 {
            let product = factors.map { "\(name($0)) \(number($0.ratio))" }
            lines.append("× \(number(ratio)) = " + product.joined(separator: " × "))
        }
        lines += events.map { event in
            let change = event.new - event.base
            return "\(change > 0 ? "+" : "−")\(number(abs(change))) an operation: "
                + "\(event.meaning) (\(number(event.base)) → \(number(event.new)))"
        }
        if !missing.isEmpty {
            let unknown = factors.filter { $0.parts.count > 1 }.map { factor in
                factor.parts.map(\.rawValue).joined(separator: ", ")
            }
            let apart = unknown.joined(separator: "; ")
            lines.append(
                "\(missing.joined(separator: ", ")): cannot tell apart \(apart)"
                    + (events.isEmpty ? "; record --counters on both sides to see more" : ""))
        }
        return lines
    }

    private func name(_ factor: Factor) -> String {
        factor.parts.map(\.rawValue).joined(separator: " and ")
    }

    private func share(_ factor: Factor) -> String {
        "\(Presentation.fixed(factor.share * 100, decimals: 0)) %"
    }

    private func number(_ value: Double) -> String { Presentation.significant(value, digits: 4) }
}
