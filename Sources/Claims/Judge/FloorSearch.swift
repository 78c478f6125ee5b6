import Quantities

/// Looks for the least that the machine allows, under a claim that asks for less than was measured.
struct FloorSearch {
    let judge: EvidenceJudge

    /// One sentence: the floor, and whether the claim lies below it; `nil` where none was measured.
    ///
    /// A floor is a time. Of what has to be at least so much a second it says something where the
    /// claim's boundary says that the operations follow one another.
    func sentence(
        _ judgement: Judgement, _ evidence: Evidence, _ reading: Reading, _ boundary: Boundary?
    ) -> String? {
        let finding = judgement.deciding.deciding
        if reading.relation == .atLeast, boundary?.isOneByOne == true {
            return ceiling(judgement, evidence)
        }
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

    /// One sentence: how many operations a second the floor leaves room for, one after the other.
    private func ceiling(_ judgement: Judgement, _ evidence: Evidence) -> String? {
        let finding = judgement.deciding.deciding
        let unit = finding.observation.unit
        guard evidence.trend == nil, evidence.extrapolation == nil, unit.dimension == .frequency,
            let found = judge.figures.floor(of: finding.observation, profile: judgement.profile),
            let floor = found.converted(to: .seconds), let value = floor.value, value > 0,
            let most = Quantity(1 / value, .operationsPerSecond).converted(to: unit)?.value
        else { return nil }
        let text =
            "The floor that this workload measures is \(FigureText.text(value, .seconds)), which "
            + "leaves room for \(FigureText.text(most, unit)) one after the other"
        guard floor.doubt == nil, let low = floor.interval?.lowerBound, low > 0,
            let top = Quantity(1 / low, .operationsPerSecond).converted(to: unit)?.value,
            top < finding.accepted.lowerBound
        else { return "\(text)." }
        return "\(text): what the claim asks for lies above that, so nothing here could do it so."
    }
}
