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

    /// The arithmetic of each claim that has some.
    func calculations() throws(InputProblems) -> [String: Calculation] {
        var collector = ProblemCollector()
        var calculations: [String: Calculation] = [:]
        for claim in claims {
            guard let arithmetic = claim.arithmetic else { continue }
            let result = collector.collect { () throws(InputProblems) in
                try value(of: arithmetic.expression)
            }
            let expected =
                claim.reading?.expectation.map { expectation in
                    collector.collect { () throws(InputProblems) in try value(of: expectation) }
                } ?? claim.value.range
            if let result, let expected {
                calculations[claim.id.value] = Calculation(result: result, expected: expected)
            }
        }
        try collector.check()
        return calculations
    }

    private func value(
        of expression: Located<Formula>
    ) throws(InputProblems) -> ClosedRange<Double> {
        do {
            return try expression.value.evaluate(figure)
        } catch {
            throw InputProblems(
                at: expression.location, found: error.found, expected: error.expected)
        }
    }

    /// The figure that the claim called `name` states.
    func figure(_ name: String) throws(Formula.Problem) -> ClosedRange<Double> {
        guard let claim = byID[name] else {
            throw Formula.Problem(
                found: "unknown name '\(name)'",
                expected: Spelling.expectation(for: name, among: claims.map(\.id.value)))
        }
        if let range = claim.value.range { return range }
        guard let expectation = claim.reading?.expectation?.value else {
            throw Formula.Problem(
                found: "claim '\(name)', whose value '\(claim.value)' is no number",
                expected: "a claim with a figure")
        }
        return try expectation.evaluate(figure)
    }

    private func checkNames(in claim: Claim) throws(InputProblems) {
        var collector = ProblemCollector()
        for expression in claim.expressions {
            for name in expression.value.names where byID[name] == nil {
                if name.isParameterName, claim.readsFigures, claim.isExpectation(expression) {
                    continue
                }
                // The nearest name, not the list: there are hundreds.
                let nearest = Spelling.nearest(to: name, among: claims.map(\.id.value))
                collector.add(
                    at: expression.location,
                    found: "unknown claim '\(name)' in '\(expression.value)'",
                    expected: nearest.map { "'\($0)'" } ?? "the identifier of a claim")
            }
        }
        try collector.check()
    }

    /// Follows the formulas from claim to claim until one comes back to `start`.
    private func checkCircle(from start: Claim) throws(InputProblems) {
        var paths: [[String]] = [[start.id.value]]
        var visited: Set<String> = []
        while let path = paths.popLast() {
            let names = path.last.flatMap { byID[$0] }?.expressions.flatMap(\.value.names) ?? []
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
    /// What the formula came to.
    let result: ClosedRange<Double>
    /// What it should have come to according to the claim.
    let expected: ClosedRange<Double>

    /// Whether it comes out as claimed, rounding in the ninth digit aside. Two ranges agree when
    /// their ends do.
    func agrees(with reading: Reading) -> Bool {
        let accepted = reading.accepted(expected)
        func slack(_ value: Double) -> Double { value.magnitude * 1e-9 }
        let isBelow = result.upperBound <= accepted.upperBound + slack(expected.upperBound)
        let isAbove = result.lowerBound >= accepted.lowerBound - slack(expected.lowerBound)
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
    var arithmetic: Arithmetic? {
        switch decision {
        case .arithmetic(let arithmetic): arithmetic
        case .evidence(_, let shown): shown
        case .fact, .untestable: nil
        }
    }

    var expressions: [Located<Formula>] {
        [arithmetic?.expression, reading?.expectation].compactMap { $0 }
    }

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
