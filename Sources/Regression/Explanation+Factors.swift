import Glibc

extension Explanation {
    /// One or more parts with what their product was and is.
    struct Link {
        let parts: [Part]
        let base: Double
        let new: Double
    }

    /// The parts of a time. The product is cut where both sides know the quantity between two parts.
    static func links(_ base: CountedCosts, _ new: CountedCosts) -> [Link] {
        // Cumulative quantities from the operation outwards: one over the one before is a part.
        let chain: [(part: Part, base: Double?, new: Double?)] = [
            (.instructions, base.instructions, new.instructions),
            (.cyclesPerInstruction, base.cycles, new.cycles),
            (.timePerCycle, base.running, new.running),
            (.waiting, base.time, new.time),
        ]
        var found: [Link] = []
        var pending: [Part] = []
        var before = (base: 1.0, new: 1.0)
        for link in chain {
            pending.append(link.part)
            guard let old = link.base, let fresh = link.new else { continue }
            found.append(Link(parts: pending, base: old / before.base, new: fresh / before.new))
            before = (old, fresh)
            pending = []
        }
        return found
    }

    /// What is not known of the chain, and why.
    static func missing(_ base: CountedCosts, _ new: CountedCosts) -> [String] {
        let wanted: [(name: String, counters: [String], base: Double?, new: Double?)] = [
            ("instructions", ["PAPI_TOT_INS"], base.instructions, new.instructions),
            ("cycles", ["PAPI_TOT_CYC"], base.cycles, new.cycles),
            ("task-clock", ["task-clock", "cpu-clock"], base.running, new.running),
        ]
        return wanted.compactMap { name, counters, old, fresh in
            let place: String
            switch (old, fresh) {
            case (nil, nil): place = "on neither side"
            case (nil, _): place = "on the new side alone"
            case (_, nil): place = "on the base alone"
            default: return nil
            }
            return "\(name) counted \(place)" + reason(counters, base, new)
        }
    }

    /// The least share of a change that asks for the events behind it.
    private static let telling = 0.2

    /// Events that could be behind longer instructions, where these are, or may be, a good part of
    /// the change.
    static func uncounted(_ base: CountedCosts, _ new: CountedCosts) -> [String] {
        let lengthened = links(base, new).first { $0.parts.contains(.cyclesPerInstruction) }
        let change = abs(log(new.time / base.time))
        if let lengthened, abs(log(lengthened.new / lengthened.base)) < telling * change {
            return []
        }
        let causes: [(meaning: String, counters: [String])] = [
            ("cache misses", ["PAPI_L3_TCM", "PAPI_L2_DCM", "PAPI_L1_DCM"]),
            ("mispredicted branches", ["PAPI_BR_MSP"]),
        ]
        return causes.compactMap { meaning, counters in
            let isCounted = counters.contains { base.events[$0] != nil && new.events[$0] != nil }
            return isCounted ? nil : meaning + reason(counters, base, new)
        }
    }

    /// ` (why)` in the words of who refused to count, or that nobody asked.
    private static func reason(
        _ counters: [String], _ base: CountedCosts, _ new: CountedCosts
    ) -> String {
        for costs in [new, base] {
            for counter in counters {
                if let refusal = costs.refusals[counter] { return " (\(refusal))" }
            }
        }
        return ""
    }
}
