import Quantities
import StrictYAML

/// The figures that claims state, as formulas refer to them by the claims' identifiers.
struct ClaimFigures: Sendable {
    private let claims: [Claim]
    private let byID: [String: Claim]

    init(_ claims: [Claim]) throws(InputProblems) {
        self.claims = claims
        var byID: [String: Claim] = [:]
        var collector = ProblemCollector()
        for claim in claims {
            if let first = byID[claim.id.value] {
                collector.add(
                    at: claim.id.location,
                    found: "a second claim '\(claim.id.value)' (the first: \(first.id.location))",
                    expected: "an identifier of its own")
            } else {
                byID[claim.id.value] = claim
            }
        }
        self.byID = byID
        for claim in claims {
            _ = collector.collect { () throws(InputProblems) in try checkNames(in: claim) }
        }
        try collector.check()
        for claim in claims {
            _ = collector.collect { () throws(InputProblems) in try checkCircle(from: claim) }
        }
        try collector.check()
    }

    /// The arithmetic of each claim that has some, in the order of the file.
    func calculations() throws(InputProblems) -> [String: [Calculation]] {
        var collector = ProblemCollector()
        var calculations: [String: [Calculation]] = [:]
        for claim in claims {
            for arithmetic in claim.arithmetic {
                guard let reading = arithmetic.reading ?? claim.reading else { continue }
                let unit = reading.unit?.value ?? Unit(named: claim.unit)
                let result = collector.collect { () throws(InputProblems) in
                    try value(of: arithmetic.expression, in: unit)
                }
                let expected =
                    reading.expectation.map { expectation in
                        collector.collect { () throws(InputProblems) in
                            try value(of: expectation, in: unit)
                        }
                    } ?? claim.value.range
                guard let result, let expected else { continue }
                calculations[claim.id.value, default: []].append(
                    Calculation(
                        arithmetic: arithmetic, reading: reading, comparator: claim.comparator,
                        unit: unit, result: result, expected: expected))
            }
        }
        try collector.check()
        return calculations
    }

    private func value(
        of expression: Located<Formula>, in unit: Unit
    ) throws(InputProblems) -> ClosedRange<Double> {
        do {
            return try expression.value.evaluate(in: unit, figure)
        } catch {
            throw InputProblems(
                at: expression.location, found: error.found, expected: error.expected)
        }
    }

    /// The figure that the claim called `name` states.
    func figure(_ name: String) throws(Formula.Problem) -> Formula.Value {
        guard let claim = byID[name] else {
            throw Formula.Problem(
                found: "unknown name '\(name)'",
                expected: Spelling.expectation(for: name, among: claims.map(\.id.value)))
        }
        let unit = claim.figureUnit
        if let range = claim.value.range { return Formula.Value(range, unit) }
        guard let expectation = claim.reading?.expectation?.value else {
            throw Formula.Problem(
                found: "claim '\(name)', whose value '\(claim.value)' is no number",
                expected: "a claim with a figure")
        }
        return Formula.Value(try expectation.evaluate(in: unit, figure), unit)
    }

    /// The unit of the figure that the claim called `name` states.
    func unit(of name: String) -> Unit? { byID[name]?.figureUnit }

    private func checkNames(in claim: Claim) throws(InputProblems) {
        var collector = ProblemCollector()
        func check(_ name: String, in text: String, at location: SourceLocation) {
            if byID[name] != nil { return }
            // The nearest name, not the list: there are hundreds.
            let nearest = Spelling.nearest(to: name, among: claims.map(\.id.value))
            collector.add(
                at: location, found: "unknown claim '\(name)'\(text)",
                expected: nearest.map { "'\($0)'" } ?? "the identifier of a claim")
        }
        for expression in claim.expressions {
            let isFree = claim.readsFigures && claim.isExpectation(expression)
            for name in expression.value.names where !(isFree && name.isParameterName) {
                check(name, in: " in '\(expression.value)'", at: expression.location)
            }
        }
        for model in claim.models {
            let formula = model.formula
            let own = model.law == nil ? Evidence.Extrapolation.measured : nil
            for name in formula.value.names where name != own {
                check(name, in: " in '\(formula.value)'", at: formula.location)
            }
        }
        if case .contradiction(let contradiction) = claim.decision {
            for other in contradiction.claims { check(other.value, in: "", at: other.location) }
        }
        try collector.check()
    }

    /// Follows the formulas from claim to claim until one comes back to `start`.
    private func checkCircle(from start: Claim) throws(InputProblems) {
        var paths: [[String]] = [[start.id.value]]
        var visited: Set<String> = []
        while let path = paths.popLast() {
            let names = path.last.flatMap { byID[$0] }?.figureNames ?? []
            for name in names where byID[name] != nil {
                if name == start.id.value {
                    throw InputProblems(
                        at: start.expressions.first?.location,
                        found: "formulas in a circle: "
                            + (path + [name]).joined(separator: " → "),
                        expected: "each claim to rest on the figures of others")
                }
                if visited.insert(name).inserted { paths.append(path + [name]) }
            }
        }
    }
}

/// A claim's arithmetic, done.
struct Calculation: Sendable {
    /// What was calculated.
    let arithmetic: Claim.Arithmetic
    /// What must come out.
    let reading: Reading
    /// How the document compares its figure.
    let comparator: Claim.Comparator
    /// The unit of what follows.
    let unit: Unit
    /// What the formula came to.
    let result: ClosedRange<Double>
    /// What it should have come to.
    let expected: ClosedRange<Double>

    /// Whether it is about the claimed figure itself.
    var isOfClaim: Bool { arithmetic.reading == nil }

    /// Whether it comes out as claimed, rounding in the ninth digit aside. Two ranges agree when
    /// their ends do. Where the document says less than or more than, equality is not enough.
    var agrees: Bool {
        let accepted = reading.accepted(expected)
        func slack(_ value: Double) -> Double { value.magnitude * 1e-9 }
        let isStrict = reading.tolerance == 0 && isOfClaim
        let top = slack(expected.upperBound) * (isStrict && comparator == .below ? -1 : 1)
        let bottom = slack(expected.lowerBound) * (isStrict && comparator == .above ? -1 : 1)
        let isBelow = result.upperBound <= accepted.upperBound + top
        let isAbove = result.lowerBound >= accepted.lowerBound - bottom
        guard reading.relation == .within, result.lowerBound < result.upperBound else {
            return isBelow && isAbove
        }
        func isNear(_ value: Double, _ end: Double) -> Bool {
            (value - end).magnitude <= reading.tolerance * end.magnitude + slack(end)
        }
        return isNear(result.lowerBound, expected.lowerBound)
            && isNear(result.upperBound, expected.upperBound)
    }
}

extension Claim {
    /// Its arithmetic, whether it decides or is shown.
    var arithmetic: [Arithmetic] {
        switch decision {
        case .arithmetic(let arithmetic): arithmetic
        case .evidence(_, let shown): shown
        case .notBuilt(_, let against), .untestable(_, let against): against
        case .fact, .contradiction: []
        }
    }

    /// The models that its evidence is put through, the first of them before all others.
    var models: [Evidence.Extrapolation] {
        guard case .evidence(let evidence, _) = decision else { return [] }
        return [evidence.extrapolation].compactMap { $0 } + evidence.alternatives
    }

    /// Its formulas, those of models aside.
    var expressions: [Located<Formula>] {
        arithmetic.flatMap { [$0.expression, $0.reading?.expectation] }.compactMap { $0 }
            + [reading?.expectation].compactMap { $0 }
    }

    /// The names on which the figure that it states depends, and those that its arithmetic needs.
    var figureNames: [String] { expressions.flatMap(\.value.names) }

    /// Whether figures with parameters are judged, which its expectation may name.
    var readsFigures: Bool {
        if case .evidence = decision { return true }
        return false
    }

    func isExpectation(_ expression: Located<Formula>) -> Bool {
        reading?.expectation?.location == expression.location
    }
}

extension String {
    /// Parameters are lower-case, claims are not.
    var isParameterName: Bool { !contains(where: \.isUppercase) }
}
