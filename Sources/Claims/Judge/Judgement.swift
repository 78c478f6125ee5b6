import Measurement
import Quantities
import Runs

/// A claim's evidence, judged.
struct Judgement {
    let profile: String
    let placed: [PlacedFinding]
    let deciding: PlacedFinding
    let outcome: Finding.Outcome

    /// The verdict that the outcome amounts to.
    var verdict: Verdict {
        switch outcome {
        case .holds: .reproduced
        case .fails: .refuted
        case .open: .inconclusive
        }
    }
}

/// Judges the figures of a claim's evidence.
struct EvidenceJudge {
    /// Why there is no judgement.
    enum Failure: Error {
        /// There are no figures, and what would give them.
        case absent(String)
        /// The claim cannot be set beside the figures, and why.
        case incomparable(String)

        /// One sentence.
        var reason: String {
            switch self {
            case .absent(let need): need
            case .incomparable(let why): "The evidence does not fit the claim: \(why)"
            }
        }
    }

    let figures: EvidenceFigures
    let claims: ClaimFigures

    func judgement(
        of claim: Claim, _ evidence: Evidence, _ reading: Reading
    ) throws(Failure) -> Judgement {
        let (profile, observations): (String, [Observation])
        do {
            (profile, observations) = try figures.observations(for: evidence)
        } catch {
            throw .absent(error.reason(evidence))
        }
        let rule = FindingRule(claim, reading, claims)
        var byPlacement: [Placement?: [Finding]] = [:]
        for observation in observations {
            let unit = claim.figureUnit
            guard let converted = observation.converted(to: unit) else {
                throw .incomparable(
                    "the figure is in \(observation.unit) and the claim in \(unit)")
            }
            do {
                let expected = try rule.expected(for: converted)
                byPlacement[converted.placement, default: []].append(
                    rule.finding(converted, expected))
            } catch {
                throw .incomparable(error.found)
            }
        }
        let placed = ([nil, .smt, .l3, .far] as [Placement?]).compactMap { placement in
            byPlacement[placement].map { PlacedFinding($0, evidence.quantifier, placement) }
        }
        let (deciding, outcome) = PlacementRule(
            target: evidence.placement, relation: reading.relation
        ).decide(placed)
        return Judgement(profile: profile, placed: placed, deciding: deciding, outcome: outcome)
    }
}
