import Measurement
import Quantities
import Runs
import StrictYAML

/// The sentences that say why a verdict is what it is.
struct Reason {
    let claim: Claim
    let reading: Reading

    /// What was measured and what the claim asks for, with the other placements.
    func measured(_ judgement: Judgement) -> [String] {
        let placed = judgement.deciding
        let finding = placed.deciding
        var sentences = [
            "\(figure(finding))\(setting(placed)), where the claim asks for "
                + "\(bound(finding.expected))."
        ]
        sentences += finding.observation.remarks
        if case .open(let why) = judgement.outcome { sentences.append(why) }
        let others = judgement.placed.filter { $0.placement != placed.placement }
        if !others.isEmpty {
            let list = others.map { other in
                "\(other.placement?.rawValue ?? "unplaced") \(value(other.deciding))"
            }
            sentences.append("Elsewhere: \(list.joined(separator: ", ")).")
        }
        if let doubt = finding.observation.doubt, judgement.verdict != .inconclusive {
            sentences.append(Reason.why(finding, decides: doubt))
        }
        return sentences
    }

    /// Why a doubtful figure decides nevertheless.
    private static func why(_ finding: Finding, decides doubt: String) -> String {
        let accepted = finding.accepted
        return switch finding.observation.disturbance {
        case .lengthens where finding.holds && accepted.upperBound < .infinity:
            "Disturbed (\(doubt)), which can only have made it longer."
        case .slows where finding.holds && accepted.lowerBound > -.infinity:
            "Disturbed (\(doubt)), which can only have made it less."
        default: "Doubtful (\(doubt)), but every sample says the same."
        }
    }

    /// How the claim is read, and what else there is to know.
    var remarks: [String] {
        [reading.because.map { "Read so: \($0)" }, claim.note].compactMap { $0 }
    }

    /// What a model was assumed to hold for, and what came of it.
    func carried(_ model: Evidence.Extrapolation, _ judgement: Judgement) -> String? {
        switch judgement.outcome {
        case .holds: "Assuming that \(model.assumption), it would hold."
        case .fails: "Assuming that \(model.assumption), it would not hold."
        case .open: "That assumes that \(model.assumption)."
        }
    }

    /// What another model makes of it, beside the first.
    func beside(_ model: Evidence.Extrapolation, _ judgement: Judgement) -> [String] {
        let placed = judgement.deciding
        var sentences = ["\(figure(placed.deciding))\(setting(placed))."]
        sentences += placed.deciding.observation.remarks
        if case .open(let why) = judgement.outcome { sentences.append(why) }
        return sentences + [carried(model, judgement)].compactMap { $0 }
    }

    /// Between which figures two models leave it, from the least that either allows to the most;
    /// `nil` where one sets no limits.
    func between(_ first: Judgement, _ second: Judgement) -> String? {
        let left = [first, second].compactMap { $0.deciding.deciding.observation.credible }
        guard left.count == 2 else { return nil }
        let low = min(left[0].lowerBound, left[1].lowerBound)
        let high = max(left[0].upperBound, left[1].upperBound)
        return "The models leave it between \(FigureText.text(low, unit)) and "
            + "\(FigureText.text(high, unit))."
    }

    /// A calculation with the figures that went into it, and whether it comes out as it has to.
    func worked(_ calculation: Calculation, _ figures: ClaimFigures) -> String {
        let formula = calculation.arithmetic.expression.value
        let inputs = formula.names.compactMap { name -> String? in
            guard let value = try? figures.figure(name), let unit = figures.unit(of: name),
                let numbers = value.numbers(in: unit)
            else { return nil }
            return "\(name) = \(FigureText.text(numbers, unit))"
        }
        let with = inputs.isEmpty ? "" : " (\(inputs.joined(separator: ", ")))"
        let start =
            switch calculation.arithmetic.what {
            case let what? where formula.isSingleNumber: what
            case let what?: "\(what): \(formula)\(with)"
            case nil: "\(formula)\(with)"
            }
        let must = calculation.isOfClaim ? "where the claim has" : "which has to be"
        return
            "\(claim.readsFigures ? "arithmetic: " : "")\(start) is "
            + "\(FigureText.text(calculation.result, unit)), \(must) "
            + "\(bound(calculation.expected)): "
            + (calculation.agrees ? "it agrees." : "it does not agree.")
    }

    private func figure(_ finding: Finding) -> String {
        let observation = finding.observation
        var text = "\(observation.title) is \(value(finding))"
        if let interval = observation.interval, interval.lowerBound < interval.upperBound {
            text += " (\(FigureText.text(interval, observation.unit)))"
        }
        return text
    }

    private func value(_ finding: Finding) -> String {
        finding.observation.value.map { FigureText.text($0, finding.observation.unit) } ?? "unknown"
    }

    private func setting(_ placed: PlacedFinding) -> String {
        var text = ""
        if placed.count > 1 {
            let parameters = placed.deciding.observation.parameters
            let pairs = placed.varying.compactMap { name in
                parameters[name].map { "\(name)=\($0)" }
            }
            let rank = placed.isWorst ? "worst" : "best"
            text +=
                placed.differ
                ? " at \(pairs.joined(separator: ";")), the \(rank) of \(placed.count) settings"
                : " in all \(placed.count) settings"
        }
        if let placement = placed.placement { text += " between \(placement.summary)" }
        return text
    }

    /// The unit of what is read.
    private var unit: Unit { reading.unit?.value ?? Unit(named: claim.unit) }

    /// What the claim accepts, in words.
    func bound(_ expected: ClosedRange<Double>) -> String {
        let nominal = FigureText.text(reading.nominal(expected), unit)
        let share = Presentation.significant(reading.tolerance * 100)
        let accepted = reading.accepted(expected)
        switch reading.relation {
        case .atMost where reading.tolerance == 0:
            return "\(claim.comparator == .below ? "less than" : "at most") \(nominal)"
        case .atLeast where reading.tolerance == 0:
            return "\(claim.comparator == .above ? "more than" : "at least") \(nominal)"
        case .within where reading.tolerance == 0:
            return FigureText.text(expected, unit)
        case .atMost:
            return "at most \(FigureText.text(accepted.upperBound, unit)) (\(nominal) + \(share) %)"
        case .atLeast:
            return
                "at least \(FigureText.text(accepted.lowerBound, unit)) (\(nominal) - \(share) %)"
        case .within:
            return "\(FigureText.text(accepted, unit)) (\(FigureText.text(expected, unit)) "
                + "± \(share) %)"
        }
    }
}
