import Measurement
import Quantities
import Runs
import StrictYAML

/// A claim's evidence, judged.
struct Judgement {
    let profile: String
    let placed: [PlacedFinding]
    let deciding: PlacedFinding
    let outcome: Finding.Outcome
    /// Whether a model stands between what was measured and what is judged.
    let isExtrapolated: Bool

    /// The verdict that the outcome amounts to.
    var verdict: Verdict {
        switch outcome {
        case .open: .inconclusive
        case .holds where isExtrapolated, .fails where isExtrapolated: .extrapolated
        case .holds: .reproduced
        case .fails: .refuted
        }
    }

    /// The same, left open for a reason: a sentence.
    func left(openFor why: String) -> Judgement {
        Judgement(
            profile: profile, placed: placed, deciding: deciding, outcome: .open(why),
            isExtrapolated: isExtrapolated)
    }

    var holds: Bool {
        if case .holds = outcome { return true }
        return false
    }

    var fails: Bool {
        if case .fails = outcome { return true }
        return false
    }
}

/// Judges the figures of a claim's evidence.
struct EvidenceJudge {
    /// Why there is no judgement.
    enum Failure: Error {
        /// There are no figures, and what would give them.
        case absent(EvidenceFigures.Absence, String)
        /// The claim cannot be set beside the figures, and why.
        case incomparable(String)

        /// One sentence.
        var reason: String {
            switch self {
            case .absent(_, let need): need
            case .incomparable(let why): "The evidence does not fit the claim: \(why)"
            }
        }
    }

    let figures: EvidenceFigures
    let claims: ClaimFigures
    /// How many cores the machine has, where that is known.
    var cores: Int?

    func judgement(
        of claim: Claim, _ evidence: Evidence, _ reading: Reading
    ) throws(Failure) -> Judgement {
        let (profile, observations) = try observations(for: evidence)
        let rule = FindingRule(claim, reading, claims)
        var byPlacement: [Placement?: [Finding]] = [:]
        for observation in observations {
            do throws(Formula.Problem) {
                let unit = claim.figureUnit
                let carried = try evidence.extrapolation?.apply(to: observation, in: unit, claims)
                guard let converted = (carried ?? observation).converted(to: unit) else {
                    throw Formula.Problem(
                        found: "the figure is in \(observation.unit) and the claim in \(unit)",
                        expected: "one dimension")
                }
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
        return Judgement(
            profile: profile, placed: placed, deciding: deciding, outcome: outcome,
            isExtrapolated: evidence.extrapolation != nil)
    }
}

extension EvidenceJudge {
    /// What was measured, or what a law makes of it.
    private func observations(
        for evidence: Evidence
    ) throws(Failure) -> (profile: String, observations: [Observation]) {
        do {
            let (profile, found) = try figures.observations(for: evidence)
            guard let law = evidence.extrapolation?.law else { return (profile, found) }
            let at: Double
            do {
                at = try law.concurrency(claims)
            } catch {
                throw Failure.incomparable(error.found)
            }
            let projection = LawProjection(law: law, at: at, cores: cores)
            return (profile, try projection.observations(from: found))
        } catch let absence as EvidenceFigures.Absence {
            throw .absent(absence, absence.reason(evidence))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .incomparable("\(error)")
        }
    }
}

extension Evidence.Extrapolation {
    /// What the formula makes of `number` in `unit`, as a number in `wanted`.
    func value(
        of number: Double, in unit: Unit, as wanted: Unit, _ claims: ClaimFigures
    ) throws(Formula.Problem) -> Double {
        let result = try formula.value.evaluate(in: wanted) { name throws(Formula.Problem) in
            name == Self.measured
                ? Formula.Value(number...number, unit) : try claims.figure(name)
        }
        guard result.lowerBound == result.upperBound else {
            throw Formula.Problem(found: "the range '\(formula.value)'", expected: "a number")
        }
        return result.lowerBound
    }

    /// `observation` carried on by the formula, in `wanted`: its ends are those of the figure. What
    /// a law has carried on is left as it is.
    func apply(
        to observation: Observation, in wanted: Unit, _ claims: ClaimFigures
    ) throws(Formula.Problem) -> Observation {
        if law != nil { return observation }
        func carried(_ number: Double?) throws(Formula.Problem) -> Double? {
            guard let number else { return nil }
            return try value(of: number, in: observation.unit, as: wanted, claims)
        }
        for ends in [
            observation.interval.map { ($0.lowerBound, $0.upperBound) },
            observation.extremes.low.flatMap { low in
                observation.extremes.high.map { (low, $0) }
            },
        ].compactMap({ $0 }) where ends.0 <= 0 && ends.1 >= 0 {
            // A formula that divides by the figure has no interval around zero.
            _ = try carried(0)
        }
        let ends = [
            try carried(observation.interval?.lowerBound),
            try carried(observation.interval?.upperBound),
        ].compactMap { $0 }.sorted()
        let extremes = [
            try carried(observation.extremes.low), try carried(observation.extremes.high),
        ].compactMap { $0 }.sorted()
        return Observation(
            workload: observation.workload, parameters: observation.parameters,
            placement: observation.placement,
            title: "\(formula.value), where measured is \(observation.title),",
            value: try carried(observation.value),
            interval: ends.count == 2 ? ends[0]...ends[1] : nil,
            extremes: extremes.count == 2 ? (extremes[0], extremes[1]) : (nil, nil),
            doubt: observation.doubt, unit: wanted)
    }
}
