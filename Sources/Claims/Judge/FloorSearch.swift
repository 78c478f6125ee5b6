import Quantities

/// Looks for the least that the machine allows, under a claim that asks for less than was measured.
struct FloorSearch {
    let judge: EvidenceJudge

    /// One sentence: the floor, and whether the claim lies below it; `nil` where none was measured.
    ///
    /// A floor is a time; it says nothing of what has to be at least so much.
    func sentence(
        _ judgement: Judgement, _ evidence: Evidence, _ reading: Reading
    ) -> String? {
        let finding = judgement.deciding.deciding
        guard reading.relation == .atMost, evidence.trend == nil, evidence.extrapolation == nil,
            let found = judge.figures.floor(of: finding.observation, profile: judgement.profile),
            let floor = found.converted(to: finding.observation.unit), let value = floor.value
        else { return nil }
        let text = "The floor that this workload measures is \(FigureText.text(value, floor.unit))"
        guard floor.doubt == nil, let low = floor.interval?.lowerBound,
            low > finding.accepted.upperBound
        else { return "\(text)." }
        return "\(text): what the claim asks for lies below it, so nothing here could do that."
    }
}
