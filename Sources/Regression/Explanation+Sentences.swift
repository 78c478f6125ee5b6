import Quantities

extension Explanation {
    /// The explanation in sentences, a line each: the main factor first, then the others, the events
    /// that changed, and what is missing.
    public var sentences: [String] {
        var lines: [String] = []
        if let main, factors.count > 1 {
            lines.append(
                "\(share(main)) of the change: \(name(main)) × \(number(main.ratio))\(values(main))"
            )
            let product = factors.map { "\(name($0)) \(number($0.ratio))" }
            lines.append("× \(number(ratio)) = " + product.joined(separator: " × "))
        }
        lines += events.map { event in
            let change = event.new - event.base
            let ratio = event.base > 0 ? ", × \(number(event.new / event.base))" : ""
            return "\(change > 0 ? "+" : "−")\(number(abs(change))) an operation: "
                + "\(event.meaning) (\(number(event.base)) → \(number(event.new))\(ratio))"
        }
        return lines + unknown
    }

    /// What cannot be told, why, and what would tell it.
    private var unknown: [String] {
        var lines: [String] = []
        let apart = factors.filter { $0.parts.count > 1 }.map { factor in
            factor.parts.map(\.rawValue).joined(separator: ", ")
        }
        if !missing.isEmpty {
            lines.append(
                missing.joined(separator: "; ")
                    + (apart.isEmpty ? "" : ": cannot tell apart \(apart.joined(separator: "; "))"))
        }
        if !uncounted.isEmpty {
            lines.append(
                "not counted on both sides, so that more of them may be the cause: "
                    + uncounted.joined(separator: ", "))
        }
        if events.isEmpty, !missing.isEmpty {
            lines.append("record --counters on both sides to see more ('nilometer list counters')")
        }
        return lines
    }

    private func name(_ factor: Factor) -> String {
        factor.parts.map(\.rawValue).joined(separator: " and ")
    }

    /// ` (40 → 44 an operation)`; empty for several parts.
    private func values(_ factor: Factor) -> String {
        guard let base = factor.base, let new = factor.new, let part = factor.parts.first else {
            return ""
        }
        let unit =
            switch part {
            case .instructions: " an operation"
            case .cyclesPerInstruction: ""
            case .timePerCycle: " ns"
            case .waiting: " of wall time to running time"
            }
        return " (\(number(base)) → \(number(new))\(unit))"
    }

    private func share(_ factor: Factor) -> String {
        "\(Presentation.fixed(factor.share * 100, decimals: 0)) %"
    }

    private func number(_ value: Double) -> String { Presentation.significant(value, digits: 4) }
}
