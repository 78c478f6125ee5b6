import Quantities
import Runs
import StrictYAML

extension Claim {
    init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a claim")
        let id = mapping.required("id") { value throws(InputProblems) in
            Located(try value.claimIdentifier(), at: value.location)
        }
        let section = mapping.required("section") { value throws(InputProblems) in
            try value.text()
        }
        let subject = mapping.required("subject") { value throws(InputProblems) in
            try value.text()
        }
        let metric = mapping.required("metric") { value throws(InputProblems) in try value.text() }
        let comparator = mapping.required("comparator") { value throws(InputProblems) in
            try value.word(of: Comparator.self)
        }
        let figure = mapping.required("value") { value throws(InputProblems) in
            ClaimedValue(try value.text(longest: 80))
        }
        let unit = mapping.required("unit") { value throws(InputProblems) in
            try value.text(longest: 80)
        }
        conditions = mapping.optional("conditions") { value throws(InputProblems) in
            try value.text()
        }
        let how = mapping.required("how") { value throws(InputProblems) in
            try value.word(of: Method.self)
        }
        note = mapping.optional("note") { value throws(InputProblems) in try value.text() }
        let deciding = mapping.required("decide") { value throws(InputProblems) in
            try Deciding(value, comparator: comparator, value: figure)
        }
        let decided: Deciding
        (
            self.id, self.section, self.subject, self.metric, self.comparator, self.value,
            self.unit, self.how, decided
        ) = try mapping.finish(
            id, section, subject, metric, comparator, figure, unit, how, deciding)
        decision = decided.decision
        reading = decided.reading
        boundary = decided.boundary
        requirements = decided.requirements
    }
}

/// The `decide` part of a claim.
private struct Deciding {
    let decision: Claim.Decision
    let reading: Reading?
    let boundary: Boundary?
    let requirements: [Requirement]

    init(
        _ value: YAMLValue, comparator: Claim.Comparator?, value figure: ClaimedValue?
    ) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "'decide'")
        let evidence = mapping.optional("evidence") { value throws(InputProblems) in
            try Evidence(value)
        }
        let arithmetic = mapping.optional("arithmetic") { value throws(InputProblems) in
            try Claim.Arithmetic(value)
        }
        let fact = mapping.optional("fact") { value throws(InputProblems) in
            try Claim.StatedFact(value)
        }
        let untestable = mapping.optional("untestable") { value throws(InputProblems) in
            try value.text()
        }
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
        decision = try Deciding.decision(evidence, arithmetic, fact, untestable, at: location)
        let judgesFigures = evidence != nil || arithmetic != nil
        self.reading =
            judgesFigures
            ? try Deciding.reading(reading, comparator, figure, at: location) : nil
        if reading != nil, !judgesFigures {
            throw InputProblems(
                at: location, found: "'reading' without a figure to read",
                expected: "'evidence' or 'arithmetic' beside it")
        }
        if boundary != nil, evidence == nil {
            throw InputProblems(
                at: location, found: "'boundary' without 'evidence'", expected: "both or neither")
        }
    }

    private static func decision(
        _ evidence: Evidence?, _ arithmetic: Claim.Arithmetic?, _ fact: Claim.StatedFact?,
        _ untestable: String?, at location: SourceLocation
    ) throws(InputProblems) -> Claim.Decision {
        switch (evidence, arithmetic, fact, untestable) {
        case (let evidence?, let shown, nil, nil): return .evidence(evidence, shown: shown)
        case (nil, let arithmetic?, nil, nil): return .arithmetic(arithmetic)
        case (nil, nil, let fact?, nil): return .fact(fact)
        case (nil, nil, nil, let reason?): return .untestable(reason)
        default:
            let given = [
                evidence == nil ? nil : "'evidence'", arithmetic == nil ? nil : "'arithmetic'",
                fact == nil ? nil : "'fact'", untestable == nil ? nil : "'untestable'",
            ].compactMap { $0 }
            throw InputProblems(
                at: location,
                found: given.isEmpty
                    ? "nothing that decides the claim" : "\(given.joined(separator: ", ")) at once",
                expected: "one of 'evidence', 'arithmetic', 'fact', 'untestable' "
                    + "('arithmetic' may accompany 'evidence')")
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

extension Reading {
    fileprivate init(
        _ value: YAMLValue, relation: Reading.Relation?
    ) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a reading")
        let stated: Reading.Relation? =
            if let relation {
                mapping.optional("holds-when") { value throws(InputProblems) in
                    try value.word(of: Relation.self)
                } ?? relation
            } else {
                mapping.required("holds-when") { value throws(InputProblems) in
                    try value.word(of: Relation.self)
                }
            }
        tolerance =
            mapping.optional("tolerance") { value throws(InputProblems) in
                try value.share(upTo: 1)
            } ?? 0
        expectation = mapping.optional("expect") { value throws(InputProblems) in
            try value.expression()
        }
        unit = mapping.optional("unit") { value throws(InputProblems) in
            Located(Unit(named: try value.text(longest: 80)), at: value.location)
        }
        because = mapping.optional("because") { value throws(InputProblems) in try value.text() }
        self.relation = try mapping.finish(stated)
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
        let expression = mapping.required("expression") { value throws(InputProblems) in
            try value.expression()
        }
        otherwise =
            mapping.optional("otherwise") { value throws(InputProblems) in
                try value.word(of: Otherwise.self).verdict
            } ?? .inconsistent
        self.expression = try mapping.finish(expression)
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

extension YAMLMapping {
    /// `is: [WORD, …]` or `at-least: NUMBER`.
    fileprivate mutating func factTest() -> Requirement.Test? {
        let words = optional("is") { value throws(InputProblems) in
            value.isList
                ? try value.list(of: "words") { one throws(InputProblems) in
                    try one.text(longest: 80)
                } : [try value.text(longest: 80)]
        }
        let least = optional("at-least") { value throws(InputProblems) in
            let text = try value.scalar("a number or a version such as 5.1")
            guard text.utf8.allSatisfy({ "0123456789.".utf8.contains($0) }) else {
                throw value.unexpected("a number or a version such as 5.1")
            }
            return text
        }
        guard has("is") != has("at-least") else {
            let found =
                "a test of a fact with \(has("is") ? "both" : "neither") of 'is' and 'at-least'"
            let location = location
            return collect { () throws(InputProblems) in
                throw InputProblems(at: location, found: found, expected: "one of them")
            }
        }
        return words.map { .oneOf($0) } ?? least.map { .atLeast($0) }
    }
}

extension YAMLValue {
    /// An identifier such as `TAB-TOTAL-4.6`: capitals and digits, which no parameter's name has.
    fileprivate func claimIdentifier() throws(InputProblems) -> String {
        let expected = "an identifier of capitals and digits with '-' or '.' between them"
        let text = try scalar(expected)
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let parts = text.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "-" || $0 == "." })
        let isValid = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { capitals.contains($0) || digits.contains($0) }
        }
        guard isValid, text.count <= 80, text.utf8.first.map(capitals.contains) == true else {
            throw unexpected(expected)
        }
        return text
    }

    /// The name of a fact that there is.
    fileprivate func fact() throws(InputProblems) -> String {
        let name = try name()
        guard Facts.names.contains(name) else {
            throw unexpected(Spelling.expectation(for: name, among: Facts.names))
        }
        return name
    }

    fileprivate func expression() throws(InputProblems) -> Located<Formula> {
        let text = try text(longest: 500)
        do {
            return Located(try Formula(parsing: text), at: location)
        } catch {
            throw InputProblems(at: location, found: error.found, expected: error.expected)
        }
    }
}
