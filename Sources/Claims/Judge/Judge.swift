import Measurement
import Quantities
import Runs
import StrictYAML

/// Gives every claim its verdict: the same claims, figures and facts give the same verdicts.
///
/// - Figures decide by their 95 % intervals (see `FindingRule`), in the placement that the claim's
///   evidence names (see `PlacementRule`), in every setting that was measured and that the claim
///   leaves open, or in one where the claim is about what can be reached.
/// - Arithmetic decides where the claim says so; beside evidence it is shown, and against what
///   cannot be tested it decides when it contradicts the claim.
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
            figures: EvidenceFigures(figures, profiles: profiles), claims: library.figures,
            cores: facts["cores"].flatMap { Int($0) })
        return library.claims.filter { included($0.claim) }.map { document, claim in
            verdict(on: claim, of: document, judge)
        }
    }

    private func verdict(
        on claim: Claim, of document: ClaimDocument, _ judge: EvidenceJudge
    ) -> VerdictRecord {
        let record = Record(claim: claim, document: document)
        switch claim.decision {
        case .notBuilt(let part, _):
            return verdict(against: "Not built: \(part)", record)
        case .untestable(let reason, _):
            return verdict(against: reason, record)
        case .contradiction(let contradiction):
            return verdict(on: contradiction, record)
        case .evidence, .arithmetic, .fact: break
        }
        if let missing = missing(for: claim) {
            let aside = aside(claim, judge)
            return record.untestable(aside.isEmpty ? .reasoned : .measured, [missing] + aside)
        }
        switch claim.decision {
        case .fact(let stated): return verdict(on: stated, record)
        case .evidence(let evidence, _): return verdict(by: evidence, record, judge)
        default: return verdict(by: library.calculations[claim.id.value] ?? [], record)
        }
    }

    private func verdict(
        by evidence: Evidence, _ record: Record, _ judge: EvidenceJudge
    ) -> VerdictRecord {
        let claim = record.claim
        guard let reading = claim.reading else {
            preconditionFailure("claim '\(claim.id.value)' has evidence and no reading")
        }
        let reason = Reason(claim: claim, reading: reading)
        let arithmetic = worked(library.calculations[claim.id.value] ?? [], claim)
        var judgement: Judgement
        do {
            let first = evidence.extrapolation.map { evidence.carried(by: $0) } ?? evidence
            judgement = try judge.judgement(of: claim, first, reading)
        } catch .absent(let absence, let need) {
            return record.untestable(
                absence.isOfRun ? .unmeasured : .measured, [need] + arithmetic)
        } catch {
            return record.untestable(.measured, [error.reason] + arithmetic)
        }
        var sentences = reason.measured(judgement)
        sentences += [evidence.extrapolation.flatMap { reason.carried($0, judgement) }]
            .compactMap { $0 }
        for model in evidence.alternatives {
            let other = alternative(model, to: judgement, of: claim, evidence, reading, judge)
            judgement = other.judgement
            sentences += other.sentences
        }
        if judgement.fails {
            let search = BoundarySearch(judge: judge)
            sentences += [
                FloorSearch(judge: judge).sentence(
                    judgement, evidence, reading, claim.boundary),
                claim.boundary.flatMap { search.sentence($0, of: claim, evidence) },
                claim.boundary.flatMap { search.multiple($0, judgement) },
            ].compactMap { $0 }
        }
        return record.measured(judgement, reading, sentences + arithmetic + reason.remarks)
    }

    /// What another model makes of the figures, and what then becomes of the judgement by the first:
    /// it is left open where one says that the claim holds and the other does not say so. One that
    /// fails by the first and is left open by the other fails: nothing speaks for it. A model without
    /// figures has no say.
    private func alternative(
        _ model: Evidence.Extrapolation, to first: Judgement, of claim: Claim,
        _ evidence: Evidence, _ reading: Reading, _ judge: EvidenceJudge
    ) -> (judgement: Judgement, sentences: [String]) {
        let reason = Reason(claim: claim, reading: reading)
        let name = model.law == nil ? "Another model" : "The Universal Scalability Law"
        let second: Judgement
        do {
            second = try judge.judgement(of: claim, evidence.carried(by: model), reading)
        } catch {
            return (first, ["\(name) \(error.reason)."])
        }
        let sentences =
            reason.beside(model, second) + [reason.between(first, second)].compactMap { $0 }
        if first.holds == second.holds { return (first, sentences) }
        let why = "The models do not agree."
        return (first.left(openFor: why), sentences + [why])
    }

    /// Arithmetic alone decides: the first calculation that does not come out before all others.
    private func verdict(by calculations: [Calculation], _ record: Record) -> VerdictRecord {
        guard let deciding = calculations.first(where: { !$0.agrees }) ?? calculations.first
        else { preconditionFailure("the arithmetic of '\(record.claim.id.value)' was not done") }
        let verdict = deciding.agrees ? .reproduced : deciding.arithmetic.otherwise
        return record.calculated(
            deciding, verdict, worked(calculations, record.claim) + remarks(on: record.claim))
    }

    /// Nothing can decide for the claim, for `reason`; arithmetic may still decide against it.
    private func verdict(against reason: String, _ record: Record) -> VerdictRecord {
        let calculations = library.calculations[record.claim.id.value] ?? []
        if calculations.contains(where: { !$0.agrees }) { return verdict(by: calculations, record) }
        let sentences = worked(calculations, record.claim) + remarks(on: record.claim)
        return record.untestable(.reasoned, [reason] + sentences)
    }

    private func verdict(
        on contradiction: Claim.Contradiction, _ record: Record
    ) -> VerdictRecord {
        let others = contradiction.claims.map(\.value).joined(separator: ", ")
        let places = others.isEmpty ? "" : " (see \(others))"
        let note = [record.claim.note].compactMap { $0 }
        return record.stated(
            .inconsistent, ["\(contradiction.because)\(places)"] + note)
    }

    /// The calculations with their working, those that do not come out first.
    private func worked(_ calculations: [Calculation], _ claim: Claim) -> [String] {
        let failing = calculations.filter { !$0.agrees }
        return (failing + calculations.filter(\.agrees)).flatMap { calculation in
            let reason = Reason(claim: claim, reading: calculation.reading)
            let why = calculation.isOfClaim ? nil : calculation.reading.because
            return [reason.worked(calculation, library.figures)]
                + [why.map { "Read so: \($0)" }].compactMap { $0 }
        }
    }

    private func remarks(on claim: Claim) -> [String] {
        claim.reading.map { Reason(claim: claim, reading: $0).remarks }
            ?? [claim.note].compactMap { $0 }
    }

    private func verdict(on stated: Claim.StatedFact, _ record: Record) -> VerdictRecord {
        let note = [record.claim.note].compactMap { $0 }
        guard let value = facts[stated.name],
            let holds = facts.holds(stated.test, of: stated.name)
        else {
            return record.untestable(
                .reasoned, ["Whether \(stated.name) \(stated.test) is unknown here."])
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
