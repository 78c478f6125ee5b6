import Measurement
import Quantities
import Runs
import StrictYAML

/// Looks along a parameter for where a refuted claim would hold.
struct BoundarySearch {
    let judge: EvidenceJudge

    /// One sentence: from which value on the claim holds, and the figures on the way; `nil` when
    /// nothing was measured along the parameter.
    func sentence(_ boundary: Boundary, of claim: Claim, _ evidence: Evidence) -> String? {
        guard let reading = claim.reading, case .evidence = claim.decision else { return nil }
        let along = boundary.along.value
        let filter = evidence.filter.overridden(by: boundary.filter ?? Filter(conditions: []))
            .without([along])
        let search = Evidence(
            workload: boundary.workload ?? evidence.workload, metric: evidence.metric,
            statistic: evidence.statistic, filter: filter, placement: evidence.placement,
            quantifier: evidence.quantifier, mustPersist: evidence.mustPersist, trend: nil)
        var curve: [(at: Double, judgement: Judgement)] = []
        for at in values(of: along, for: search) {
            let here = Filter(conditions: [
                Filter.Condition(name: boundary.along, values: [at.text])
            ])
            let point = Evidence(
                workload: search.workload, metric: search.metric, statistic: search.statistic,
                filter: filter.overridden(by: here), placement: search.placement,
                quantifier: search.quantifier, mustPersist: search.mustPersist, trend: nil)
            if let judgement = try? judge.judgement(of: claim, point, reading) {
                curve.append((at.number, judgement))
            }
        }
        guard let last = curve.last else { return nil }
        let holding = curve.reversed().prefix { $0.judgement.verdict == .reproduced }.last
        let points = curve.map { point in
            "\(FigureText.plain(point.at)): \(value(of: point.judgement, claim.figureUnit))"
        }
        let conditions = boundary.filter.map { " with \($0)" } ?? ""
        let place =
            if let holding {
                "It would hold from \(along)=\(FigureText.plain(holding.at)) on\(conditions)"
            } else {
                "It would hold at no \(along) measured\(conditions), up to "
                    + FigureText.plain(last.at)
            }
        return "\(place) (\(points.joined(separator: ", ")))."
    }

    private func value(of judgement: Judgement, _ unit: Unit) -> String {
        judgement.deciding.deciding.observation.value.map { FigureText.text($0, unit) } ?? "unknown"
    }

    private func values(
        of name: String, for evidence: Evidence
    ) -> [(number: Double, text: String)] {
        guard let (_, found) = try? judge.figures.observations(for: evidence) else { return [] }
        let texts = Set(found.compactMap { $0.parameters[name] })
        return texts.compactMap { text in Double(text).map { ($0, text) } }
            .sorted { $0.0 < $1.0 }
    }
}
