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

extension Reading {
    init(
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

extension YAMLMapping {
    /// `is: [WORD, …]` or `at-least: NUMBER`.
    mutating func factTest() -> Requirement.Test? {
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
    func claimIdentifier() throws(InputProblems) -> String {
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
    func fact() throws(InputProblems) -> String {
        let name = try name()
        guard Facts.names.contains(name) else {
            throw unexpected(Spelling.expectation(for: name, among: Facts.names))
        }
        return name
    }

    func expression() throws(InputProblems) -> Located<Formula> {
        let text = try text(longest: 500)
        do {
            return Located(try Formula(parsing: text), at: location)
        } catch {
            throw InputProblems(at: location, found: error.found, expected: error.expected)
        }
    }
}
