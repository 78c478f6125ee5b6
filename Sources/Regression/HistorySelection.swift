import Hardware

/// The sides of a history that may stand in one series, and what was left out and why.
public struct HistorySelection: Sendable {
    /// The sides, oldest first, each run once.
    public let sides: [MeasuredSide]
    /// Sides that repeat another: its name, and the one that was kept.
    public let duplicates: [(name: String, kept: String)]
    /// Sides that say they are the same run as another and hold other figures: nobody can say which of
    /// them was measured, and only the one that was given first is kept.
    public let contradictions: [(name: String, kept: String)]
    /// Sides of other machines or methods, by name, with the facts that differ from the newest's.
    public let unlike: [(name: String, facts: [String])]

    /// Chooses among `sides`, in any order: those like the newest. A run and the baseline that was
    /// made of it are one; the first that is given is kept.
    public init(_ sides: [MeasuredSide]) {
        var kept: [MeasuredSide] = []
        var duplicates: [(name: String, kept: String)] = []
        var contradictions: [(name: String, kept: String)] = []
        for side in sides {
            if let same = kept.first(where: {
                $0.run == side.run && $0.start == side.start && $0.seed == side.seed
            }) {
                if side.agrees(with: same) {
                    duplicates.append((side.name, same.name))
                } else {
                    contradictions.append((side.name, same.name))
                }
            } else {
                kept.append(side)
            }
        }
        let ordered = kept.sorted { ($0.start, $0.run) < ($1.start, $1.run) }
        var unlike: [(name: String, facts: [String])] = []
        var alike: [MeasuredSide] = []
        for side in ordered {
            guard let newest = ordered.last else { break }
            let facts = Comparability.differences(base: side, new: newest).map(\.fact)
            if facts.isEmpty { alike.append(side) } else { unlike.append((side.name, facts)) }
        }
        self.sides = alike
        self.duplicates = duplicates
        self.contradictions = contradictions
        self.unlike = unlike
    }
}

extension HistorySelection {
    /// What was left out and what to know of what was kept, a line each.
    public var remarks: [String] {
        var remarks = duplicates.map { "'\($0.name)' repeats '\($0.kept)': left out" }
        remarks += contradictions.map {
            "'\($0.name)' says that it is the run of '\($0.kept)' and holds other figures: left out"
        }
        if !unlike.isEmpty {
            let named = unlike.map { "'\($0.name)' (\($0.facts.joined(separator: ", ")))" }
            remarks.append(
                "\(unlike.count) left out, of other machines or methods than the newest: "
                    + named.joined(separator: ", "))
        }
        return remarks + sides.flatMap(\.remarks)
    }
}

extension MeasuredSide {
    /// Whether the figures that both have are the same, but for the rounding of baselines.
    fileprivate func agrees(with other: MeasuredSide) -> Bool {
        let own = Dictionary(
            figures.map { ($0.identity, $0.center) }, uniquingKeysWith: { first, _ in first })
        return other.figures.allSatisfy { figure in
            guard let center = own[figure.identity] else { return true }
            let size = max(abs(center), abs(figure.center))
            return abs(center - figure.center) <= 1e-6 * size
        }
    }
}
