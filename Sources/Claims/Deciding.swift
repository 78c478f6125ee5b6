import Runs
import StrictYAML

/// The `decide` part of a claim.
struct Deciding {
    let decision: Claim.Decision
    let reading: Reading?
    let boundary: Boundary?
    let requirements: [Requirement]

    init(
        _ value: YAMLValue, comparator: Claim.Comparator?, value figure: ClaimedValue?
    ) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "'decide'")
        let parts = Parts(&mapping)
        let reading = mapping.optional("reading") { value throws(InputProblems) in
            try Reading(value, relation: comparator?.relation)
        }
        boundary = mapping.optional("boundary") { value throws(InputProblems) in
            try Boundary(value)
        }
        requirements =
            mapping.optional("requires") { value throws(InputProblems) in
                try value.list(of: "requirements") { one throws(InputProblems) in
                    try Requirement(one)
                }
            } ?? []
        // What is wrong with the parts comes first: a part that failed is not a missing one.
        let location = mapping.location
        try mapping.finish()
        decision = try parts.decision(at: location)
        let judgesFigures = parts.evidence != nil || !parts.arithmetic.isEmpty
        self.reading =
            judgesFigures
            ? try Deciding.reading(reading, comparator, figure, at: location) : nil
        if reading != nil, !judgesFigures {
            throw InputProblems(
                at: location, found: "'reading' without a figure to read",
                expected: "'evidence' or 'arithmetic' beside it")
        }
        if boundary != nil, parts.evidence == nil {
            throw InputProblems(
                at: location, found: "'boundary' without 'evidence'", expected: "both or neither")
        }
    }

    /// The reading that was given, or the one that the comparator implies.
    private static func reading(
        _ given: Reading?, _ comparator: Claim.Comparator?, _ value: ClaimedValue?,
        at location: SourceLocation
    ) throws(InputProblems) -> Reading? {
        // Without these the claim is refused anyway.
        guard let comparator, let value else { return given }
        let implied = comparator.relation.map {
            Reading(relation: $0, tolerance: 0, expectation: nil, unit: nil, because: nil)
        }
        guard let reading = given ?? implied else {
            throw InputProblems(
                at: location,
                found: "a figure compared by '\(comparator.rawValue)' without 'reading'",
                expected: "'reading' with 'holds-when: at-most', 'at-least' or 'within'")
        }
        if reading.expectation == nil, value.range == nil {
            throw InputProblems(
                at: location, found: "the value '\(value)', which is no number",
                expected: "'reading' with 'expect', a formula for the figure that is meant")
        }
        return reading
    }
}

/// What can decide a claim, as far as it is given.
private struct Parts {
    let evidence: Evidence?
    let arithmetic: [Claim.Arithmetic]
    let fact: Claim.StatedFact?
    let contradiction: Claim.Contradiction?
    let notBuilt: String?
    let untestable: String?

    init(_ mapping: inout YAMLMapping) {
        evidence = mapping.optional("evidence") { value throws(InputProblems) in
            try Evidence(value)
        }
        arithmetic =
            mapping.optional("arithmetic") { value throws(InputProblems) in
                guard value.isList else { return [try Claim.Arithmetic(value)] }
                return try value.list(of: "calculations") { one throws(InputProblems) in
                    try Claim.Arithmetic(one)
                }
            } ?? []
        fact = mapping.optional("fact") { value throws(InputProblems) in
            try Claim.StatedFact(value)
        }
        contradiction = mapping.optional("contradiction") { value throws(InputProblems) in
            try Claim.Contradiction(value)
        }
        notBuilt = mapping.optional("not-built") { value throws(InputProblems) in
            try value.text(longest: 80)
        }
        untestable = mapping.optional("untestable") { value throws(InputProblems) in
            try value.text()
        }
    }

    /// What decides; throws unless exactly one thing does. Arithmetic may stand beside some.
    func decision(at location: SourceLocation) throws(InputProblems) -> Claim.Decision {
        let given = [
            evidence == nil ? nil : "'evidence'", fact == nil ? nil : "'fact'",
            contradiction == nil ? nil : "'contradiction'",
            notBuilt == nil ? nil : "'not-built'", untestable == nil ? nil : "'untestable'",
        ].compactMap { $0 }
        switch (given.count, evidence, notBuilt, untestable) {
        case (0, _, _, _) where !arithmetic.isEmpty: return .arithmetic(arithmetic)
        case (1, let evidence?, _, _): return .evidence(evidence, shown: arithmetic)
        case (1, _, let part?, _): return .notBuilt(part, against: arithmetic)
        case (1, _, _, let reason?): return .untestable(reason, against: arithmetic)
        default: break
        }
        if given.count == 1, arithmetic.isEmpty {
            if let fact { return .fact(fact) }
            if let contradiction { return .contradiction(contradiction) }
        }
        let all = (arithmetic.isEmpty ? [] : ["'arithmetic'"]) + given
        throw InputProblems(
            at: location,
            found: all.isEmpty
                ? "nothing that decides the claim" : "\(all.joined(separator: ", ")) at once",
            expected: "one of 'evidence', 'arithmetic', 'fact', 'contradiction', 'not-built', "
                + "'untestable' ('arithmetic' may accompany all but 'fact' and 'contradiction')")
    }
}

extension Claim.Arithmetic {
    /// The verdicts that arithmetic can give when it contradicts a claim.
    private enum Otherwise: String, CaseIterable {
        case inconsistent, refuted

        var verdict: Verdict { self == .refuted ? .refuted : .inconsistent }
    }

    fileprivate init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "'arithmetic'")
        what = mapping.optional("what") { value throws(InputProblems) in try value.text() }
        let expression = mapping.required("expression") { value throws(InputProblems) in
            try value.expression()
        }
        otherwise =
            mapping.optional("otherwise") { value throws(InputProblems) in
                try value.word(of: Otherwise.self).verdict
            } ?? .inconsistent
        reading = mapping.optional("reading") { value throws(InputProblems) in
            let reading = try Reading(value, relation: nil)
            guard reading.expectation != nil else {
                throw InputProblems(
                    at: value.location, found: "a calculation's own 'reading' without 'expect'",
                    expected: "what must come out in place of the claimed figure")
            }
            return reading
        }
        self.expression = try mapping.finish(expression)
    }
}

extension Claim.Contradiction {
    fileprivate init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a contradiction")
        let because = mapping.required("because") { value throws(InputProblems) in
            try value.text()
        }
        claims =
            mapping.optional("with") { value throws(InputProblems) in
                try value.list(of: "claims") { one throws(InputProblems) in
                    Located(try one.claimIdentifier(), at: one.location)
                }
            } ?? []
        self.because = try mapping.finish(because)
    }
}

extension Claim.StatedFact {
    fileprivate init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a fact")
        let name = mapping.required("name") { value throws(InputProblems) in try value.fact() }
        let test = mapping.factTest()
        (self.name, self.test) = try mapping.finish(name, test)
    }
}

extension Requirement {
    fileprivate init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a requirement")
        let fact = mapping.required("fact") { value throws(InputProblems) in try value.fact() }
        let test = mapping.factTest()
        let need = mapping.required("need") { value throws(InputProblems) in try value.text() }
        (self.fact, self.test, self.need) = try mapping.finish(fact, test, need)
    }
}
