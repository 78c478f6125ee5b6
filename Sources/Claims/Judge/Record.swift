import Measurement
import Quantities
import Runs
import StrictYAML

/// Makes the row of a claim's verdict.
struct Record {
    let claim: Claim
    let document: ClaimDocument

    /// What is missing is the reason.
    func untestable(_ basis: VerdictRecord.Basis, _ sentences: [String]) -> VerdictRecord {
        row(.untestable, basis: basis, workload: claim.workloads.first ?? "", sentences)
    }

    /// A fact decided, or the document itself.
    func stated(_ verdict: Verdict, _ sentences: [String]) -> VerdictRecord {
        row(verdict, sentences)
    }

    /// Arithmetic decided; its result is shown where it is of the claimed figure.
    func calculated(
        _ calculation: Calculation, _ verdict: Verdict, _ sentences: [String]
    ) -> VerdictRecord {
        guard calculation.isOfClaim else { return row(verdict, sentences) }
        let result = calculation.reading.nominal(calculation.result)
        return row(
            verdict, measured: result,
            ratio: ratio(result, calculation.expected, calculation.reading), sentences)
    }

    /// Figures decided.
    func measured(
        _ judgement: Judgement, _ reading: Reading, _ sentences: [String]
    ) -> VerdictRecord {
        let finding = judgement.deciding.deciding
        let observation = finding.observation
        var parameters = observation.parameters
        if let placement = observation.placement {
            parameters = parameters.with("placement", placement.rawValue)
        }
        return row(
            judgement.verdict, basis: .measured, measured: observation.value,
            interval: observation.interval,
            ratio: observation.value.flatMap { ratio($0, finding.expected, reading) },
            profile: judgement.profile, workload: "\(observation.workload) \(parameters)",
            sentences)
    }

    private func ratio(
        _ measured: Double, _ expected: ClosedRange<Double>, _ reading: Reading
    ) -> Double? {
        let nominal = reading.nominal(expected)
        return nominal == 0 ? nil : measured / nominal
    }

    private func row(
        _ verdict: Verdict, basis: VerdictRecord.Basis = .reasoned, measured: Double? = nil,
        interval: ClosedRange<Double>? = nil,
        ratio: Double? = nil, profile: String = "", workload: String = "",
        _ sentences: [String]
    ) -> VerdictRecord {
        VerdictRecord(
            claim: claim.id.value, document: document.name.value, section: claim.section,
            subject: claim.subject, metric: claim.metric, comparator: claim.comparator.rawValue,
            claimed: claim.value.description,
            unit: claim.reading?.unit?.value.symbol ?? claim.unit, measured: measured,
            ciLow: interval?.lowerBound, ciHigh: interval?.upperBound, ratio: ratio,
            verdict: verdict, how: claim.how.rawValue, profile: profile, workload: workload,
            reason: sentences.map(sentence).joined(separator: " "), basis: basis)
    }

    /// Starts with a capital, where it starts with a word and not with a function, and ends with a
    /// full stop.
    private func sentence(_ text: String) -> String {
        let isFormula = text.first { !$0.isLetter } == "("
        let start = isFormula ? text : text.prefix(1).uppercased() + text.dropFirst()
        return start.hasSuffix(".") ? start : start + "."
    }
}
