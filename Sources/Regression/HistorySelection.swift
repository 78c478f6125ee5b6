import Hardware

/// The sides of a history that may stand in one series, and what was left out and why.
public struct HistorySelection: Sendable {
    /// The sides, oldest first, each run once.
    public let sides: [MeasuredSide]
    /// Sides that repeat another: its name, and the one that was kept.
    public let duplicates: [(name: String, kept: String)]
    /// Sides of other machines or methods, by name, with the facts that differ from the newest's.
    public let unlike: [(name: String, facts: [String])]

    /// Chooses among `sides`, in any order: those like the newest. A run and the baseline that was
    /// made of it are one; the first that is given is kept.
    public init(_ sides: [MeasuredSide]) {
        var kept: [MeasuredSide] = []
        var duplicates: [(name: String, kept: String)] = []
        for side in sides {
            if let same = kept.first(where: {
                $0.run == side.run && $0.start == side.start && $0.seed == side.seed
            }) {
                duplicates.append((side.name, same.name))
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
        self.unlike = unlike
    }
}
