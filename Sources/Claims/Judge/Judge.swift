import Measurement
import Quantities
import Runs
import StrictYAML

/// Gives every claim its verdict: the same claims, figures and facts give the same verdicts.
///
/// - Figures decide by their 95 % intervals (see `FindingRule`), in the placement that the claim's
///   evidence names (see `PlacementRule`), in every setting that was measured and that the claim
///   leaves open, or in one where the claim is about what can be reached.
/// - Arithmetic decides where the claim says so; beside evidence it is shown.
/// - Nothing is skipped: a claim whose figures, facts or hardware are missing is `untestable`, and
///   the reason names what is missing.
public struct Judge: Sendable {
    private let library: ClaimLibrary
    private let facts: Facts
    private let profiles: [String]

    /// A judge of the library's claims.
    ///
    /// - Parameters:
    ///   - facts: what is known of the machine.
    ///   - profiles: where figures were taken under several profiles, the first of these that has
    ///     the evidence decides; others follow by name.
    public init(_ library: ClaimLibrary, facts: Facts, profiles: [String] = []) {
        self.library = library
        self.facts = facts
        self.profiles = profiles
    }

    /// One verdict for each claim that `included` lets through, in the order of the library.
    public func verdicts(
        on figures: [Figure], of included: (Claim) -> Bool = { _ in true }
    ) -> [VerdictRecord] {
        let judge = EvidenceJudge(
            figures: EvidenceFigures(figures, profiles: profiles), claims: library.figures)
        return library.claims.filter { included($0.claim) }.map { document, claim in
            verdict(on: claim, of: document, judge)
        }
    }

    private func verdict(
        on claim: Claim, of document: ClaimDocument, _ judge: EvidenceJudge
    ) -> VerdictRecord {
        let record = Record(claim: claim, document: document)
        if let missing = missing(for: claim) {
            return record.untestable([missing] + aside(claim, judge))
        }
        switch claim.decision {
        case .untestable(let reason):
            return record.untestable([reason])
        case .fact(let stated):
            return verdict(on: stated, record)
        case .arithmetic(let arithmetic):
            return verdict(by: arithmetic, record)
        case .evidence(let evidence, let shown):
            return verdict(by: evidence, shown, record, judge)
        }
    }

    private func verdict(
        by evidence: Evidence, _ shown: Claim.Arithmetic?, _ record: Record, _ judge: EvidenceJudge
    ) -> VerdictRecord {
        let claim = record.claim
        guard let reading = claim.reading else {
            preconditionFailure("claim '\(claim.id.value)' has evidence and no reading")
        }
        let reason = Reason(claim: claim, reading: reading)
        let arithmetic = shown.map { [worked($0, reason).1] } ?? []
        let judgement: Judgement
        do {
            judgement = try judge.judgement(of: claim, evidence, reading)
        } catch {
            return record.untestable([error.reason] + arithmetic)
        }
        var sentences = reason.measured(judgement)
        if judgement.verdict == .refuted, let boundary = claim.boundary {
            let search = BoundarySearch(judge: judge)
            sentences += [search.sentence(boundary, of: claim, evidence)].compactMap { $0 }
        }
        return record.measured(judgement, reading, sentences + arithmetic + reason.remarks)
    }

    private func verdict(by arithmetic: Claim.Arithmetic, _ record: Record) -> VerdictRecord {
        let claim = record.claim
        guard let reading = claim.reading else {
            preconditionFailure("claim '\(claim.id.value)' has arithmetic and no reading")
        }
        let reason = Reason(claim: claim, reading: reading)
        let (calculation, text) = worked(arithmetic, reason)
        let agrees = calculation.agrees(with: reading)
        return record.calculated(
            calculation, agrees ? .reproduced : arithmetic.otherwise, reading,
            [text] + reason.remarks)
    }

    private func worked(
        _ arithmetic: Claim.Arithmetic, _ reason: Reason
    ) -> (Calculation, String) {
        guard let calculation = library.calculations[reason.claim.id.value] else {
            preconditionFailure("the arithmetic of '\(reason.claim.id.value)' was not done")
        }
        return (calculation, reason.worked(arithmetic, calculation, library.figures))
    }

    private func verdict(on stated: Claim.StatedFact, _ record: Record) -> VerdictRecord {
        let note = [record.claim.note].compactMap { $0 }
        guard let value = facts[stated.name],
            let holds = facts.holds(stated.test, of: stated.name)
        else {
            return record.untestable(["Whether \(stated.name) \(stated.test) is unknown here."])
        }
        return record.stated(
            holds ? .reproduced : .refuted,
            ["Here \(stated.name) is \(value), where the claim has that it \(stated.test)."] + note)
    }

    /// What the claim presumes and this machine lacks, or is not known to have.
    private func missing(for claim: Claim) -> String? {
        for requirement in claim.requirements {
            switch facts.holds(requirement.test, of: requirement.fact) {
            case true?: continue
            case false?:
                let value = facts[requirement.fact] ?? ""
                return "Needs \(requirement.need); here \(requirement.fact) is \(value)."
            case nil:
                return "Needs \(requirement.need); here \(requirement.fact) is unknown."
            }
        }
        return nil
    }

    /// What was measured all the same, for a claim whose conditions are not met.
    private func aside(_ claim: Claim, _ judge: EvidenceJudge) -> [String] {
        guard case .evidence(let evidence, _) = claim.decision, let reading = claim.reading,
            let judgement = try? judge.judgement(of: claim, evidence, reading)
        else { return [] }
        let sentences = Reason(claim: claim, reading: reading).measured(judgement)
        return ["Measured without it: " + sentences[0]]
    }
}
