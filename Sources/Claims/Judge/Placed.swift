import Measurement

/// What the findings in one placement of the cores say together.
struct PlacedFinding {
    let placement: Placement?
    /// The finding that decides: the one that is hardest to accept when the claim must hold in
    /// every setting, the easiest when one is enough.
    let deciding: Finding
    /// How many settings there were.
    let count: Int
    /// Whether the deciding one is the worst of them, rather than the best.
    let isWorst: Bool
    /// Whether their figures differ.
    let differ: Bool
    /// The parameters in which they differ.
    let varying: [String]

    init(_ findings: [Finding], _ quantifier: Evidence.Quantifier, _ placement: Placement?) {
        precondition(!findings.isEmpty, "no finding to decide")
        self.placement = placement
        count = findings.count
        isWorst = quantifier == .every
        differ = findings.contains { $0.observation.value != findings[0].observation.value }
        let sets = findings.map(\.observation.parameters)
        varying = sets[0].pairs.map(\.key).filter { key in
            sets.contains { $0[key] != sets[0][key] }
        }
        let byStrain = findings.sorted { left, right in
            left.strain == right.strain
                ? left.observation.parameters < right.observation.parameters
                : left.strain < right.strain
        }
        switch quantifier {
        case .every:
            deciding =
                byStrain.last { $0.fails } ?? byStrain.last { !$0.holds }
                ?? byStrain[byStrain.count - 1]
        case .some:
            deciding = byStrain.first { $0.holds } ?? byStrain.first { !$0.fails } ?? byStrain[0]
        }
    }
}

/// Decides among the placements in which a figure was taken.
///
/// Where the claim's evidence names a placement, that one decides. When it was not observed, or
/// left the claim open, its neighbours may still decide: what holds between cores that are farther
/// apart holds between nearer ones, and what fails between nearer ones fails farther apart.
///
/// Where no placement is named, the claim has to hold in all that were observed; when it holds in
/// some and not in others, the document has left out the condition on which its truth depends, and
/// the claim is left open with the figures of each.
struct PlacementRule {
    let target: Placement?
    let relation: Reading.Relation

    /// From near to far.
    private static let order: [Placement?] = [.smt, .l3, .far]

    func decide(_ classes: [PlacedFinding]) -> (deciding: PlacedFinding, outcome: Finding.Outcome) {
        guard let target else { return everywhere(classes) }
        let own = classes.first { $0.placement == target }
        if let own, own.deciding.holds || own.deciding.fails { return (own, own.deciding.outcome) }
        // Figures of a single thread or of a whole machine have no placement.
        if let unplaced = classes.first(where: { $0.placement == nil }) {
            return (unplaced, unplaced.deciding.outcome)
        }
        if relation != .within {
            let position = Self.order.firstIndex(of: target) ?? 0
            let farther = classes.first { isAt($0, Self.order[position...]) && $0.deciding.holds }
            if let farther { return (farther, .holds) }
            let nearer = classes.last { isAt($0, Self.order[..<position]) && $0.deciding.fails }
            if let nearer { return (nearer, .fails) }
        }
        if let own { return (own, own.deciding.outcome) }
        return (
            classes[0],
            .open(
                "It is to be decided between \(target.summary), which were not observed, and does "
                    + "not follow from the others.")
        )
    }

    private func isAt(_ finding: PlacedFinding, _ placements: ArraySlice<Placement?>) -> Bool {
        placements.contains(finding.placement)
    }

    private func everywhere(
        _ classes: [PlacedFinding]
    ) -> (deciding: PlacedFinding, outcome: Finding.Outcome) {
        let byStrain = classes.sorted { $0.deciding.strain < $1.deciding.strain }
        let (easiest, hardest) = (byStrain[0], byStrain[byStrain.count - 1])
        if classes.allSatisfy(\.deciding.holds) { return (hardest, .holds) }
        if classes.allSatisfy(\.deciding.fails) { return (easiest, .fails) }
        if classes.count == 1 { return (hardest, hardest.deciding.outcome) }
        guard let open = byStrain.last(where: { !$0.deciding.holds && !$0.deciding.fails }) else {
            return (
                hardest,
                .open("It depends on where the cores are, of which the document says nothing.")
            )
        }
        return (open, open.deciding.outcome)
    }
}
