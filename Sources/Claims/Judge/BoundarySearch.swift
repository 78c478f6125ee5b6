import Measurement
import Runs
import StrictYAML

/// Looks along a parameter for where a refuted claim would hold.
struct BoundarySearch {
    let judge: EvidenceJudge

    /// One sentence: at which values the claim holds, and the figures on the way; `nil` when nothing
    /// was measured along the parameter.
    func sentence(_ boundary: Boundary, of claim: Claim, _ evidence: Evidence) -> String? {
        guard let reading = claim.reading, case .evidence = claim.decision,
            let parameter = boundary.along
        else { return nil }
        let along = parameter.value
        let filter = evidence.filter.overridden(by: boundary.filter ?? Filter(conditions: []))
            .without([along])
        let workload = boundary.workload ?? evidence.workload
        let search = evidence.searching(workload, filter)
        var points: [BoundaryCurve.Point] = []
        for at in values(of: along, for: search) {
            let here = Filter(conditions: [
                Filter.Condition(name: parameter, values: [at])
            ])
            let point = evidence.searching(workload, filter.overridden(by: here))
            if let judgement = try? judge.judgement(of: claim, point, reading) {
                points.append(BoundaryCurve.Point(at: .init(at), judgement: judgement))
            }
        }
        let conditions = boundary.filter.map { " with \($0)" } ?? ""
        return BoundaryCurve(points: points, along: along, conditions: conditions)
            .sentence(in: claim.figureUnit)
    }

    /// One sentence: how many of a thing it would take, each adding as much as was measured.
    func multiple(_ boundary: Boundary, _ judgement: Judgement) -> String? {
        let finding = judgement.deciding.deciding
        guard let things = boundary.multiple, let value = finding.observation.value, value > 0
        else { return nil }
        let times = finding.accepted.lowerBound / value
        guard times.isFinite, times > 1, times < 1e9 else { return nil }
        let needed = times.rounded(.up)
        // The first and the last of the straight line say it all where it is long.
        let counts =
            needed <= 8
            ? (1...Int(needed)).map(Double.init) : [1, (needed / 2).rounded(), needed]
        let curve = counts.map { count in
            let unit = finding.observation.unit
            return "\(FigureText.plain(count)): \(FigureText.text(count * value, unit))"
        }
        return "It would take \(FigureText.plain(needed)) \(things), if each adds as much as the "
            + "one measured (\(curve.joined(separator: ", ")))."
    }

    private func values(of name: String, for evidence: Evidence) -> [String] {
        guard let (_, found) = try? judge.figures.observations(for: evidence) else { return [] }
        let texts = Set(found.compactMap { $0.parameters[name] })
        return texts.sorted { BoundaryCurve.Position($0) < BoundaryCurve.Position($1) }
    }
}
