import StrictYAML

extension Evidence.Extrapolation {
    init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "an extrapolation")
        let assumption = mapping.required("assuming") { value throws(InputProblems) in
            try value.text()
        }
        if mapping.has("law") {
            let law = Evidence.Extrapolation.law(&mapping)
            let (known, clause) = try mapping.finish(law, assumption)
            (model, self.assumption) = (.law(known), clause)
            return
        }
        let formula = mapping.required("formula") { value throws(InputProblems) in
            let formula = try value.expression()
            guard formula.value.names.contains(Evidence.Extrapolation.measured) else {
                throw InputProblems(
                    at: value.location, found: "'\(formula.value)' without 'measured'",
                    expected: "a formula of the measured figure")
            }
            return formula
        }
        let (known, clause) = try mapping.finish(formula, assumption)
        (model, self.assumption) = (.formula(known), clause)
    }

    private static func law(_ mapping: inout YAMLMapping) -> Law? {
        let name = mapping.required("law") { value throws(InputProblems) in
            try value.word(of: Law.Name.self)
        }
        let over = mapping.required("over") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        let to = mapping.required("to") { value throws(InputProblems) in try value.expression() }
        let points = mapping.optional("points") { value throws(InputProblems) in
            try value.word(of: Law.Points.self)
        }
        let workload = mapping.optional("workload") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        let filter = mapping.optional("where") { value throws(InputProblems) in
            try Filter(value)
        }
        guard name != nil, let over, let to else { return nil }
        return Law(
            over: over, to: to, points: points ?? .all, workload: workload, filter: filter)
    }

    /// One model, or several, of which the first decides unless another disagrees.
    static func models(_ value: YAMLValue) throws(InputProblems) -> [Self] {
        guard value.isList else { return [try Self(value)] }
        return try value.list(of: "models") { one throws(InputProblems) in try Self(one) }
    }
}
