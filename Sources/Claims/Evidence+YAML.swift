import Measurement
import StrictYAML

extension Evidence {
    /// The classes that a claim can ask for; figures of cores that were moved count for none.
    private enum AskedPlacement: String, CaseIterable {
        case smt, l3, far
    }

    /// The statistics that figures have.
    static let statistics = [
        "median", "mean", "mad", "min", "max", "p50", "p90", "p99", "p99.5", "p99.9", "p99.99",
        "exact",
    ]

    init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "'evidence'")
        let workload = mapping.required("workload") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        let metric = mapping.required("metric") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        let statistic = mapping.required("statistic") { value throws(InputProblems) in
            let text = try value.scalar("a statistic")
            guard Evidence.statistics.contains(text) else {
                throw value.unexpected(
                    Spelling.expectation(for: text, among: Evidence.statistics))
            }
            return Located(text, at: value.location)
        }
        filter =
            mapping.optional("where") { value throws(InputProblems) in try Filter(value) }
            ?? Filter(conditions: [])
        let asked = mapping.optional("placement") { value throws(InputProblems) in
            try value.word(of: AskedPlacement.self)
        }
        placement = asked.flatMap { Placement(rawValue: $0.rawValue) }
        quantifier =
            mapping.optional("holds-in") { value throws(InputProblems) in
                try value.word(of: Quantifier.self)
            } ?? .every
        mustPersist =
            mapping.optional("persistent") { value throws(InputProblems) in
                try value.word(of: Answer.self) == .yes
            } ?? false
        trend = mapping.optional("trend") { value throws(InputProblems) in try Trend(value) }
        let models =
            mapping.optional("extrapolate") { value throws(InputProblems) in
                try Extrapolation.models(value)
            } ?? []
        extrapolation = models.first
        alternatives = Array(models.dropFirst())
        (self.workload, self.metric, self.statistic) =
            try mapping.finish(workload, metric, statistic)
    }

    fileprivate enum Answer: String, CaseIterable {
        case yes, no
    }
}

extension Evidence.Trend {
    init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a trend")
        let along = mapping.required("along") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        against = mapping.optional("against") { value throws(InputProblems) in
            try Filter(value)
        }
        self.along = try mapping.finish(along)
    }
}

extension Boundary {
    init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a boundary")
        along = mapping.optional("along") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        multiple = mapping.optional("multiple-of") { value throws(InputProblems) in
            try value.text(longest: 80)
        }
        workload = mapping.optional("workload") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        filter = mapping.optional("where") { value throws(InputProblems) in try Filter(value) }
        isOneByOne =
            mapping.optional("one-by-one") { value throws(InputProblems) in
                try value.word(of: Evidence.Answer.self) == .yes
            } ?? false
        let location = mapping.location
        try mapping.finish()
        if along == nil, multiple == nil, !isOneByOne {
            throw InputProblems(
                at: location,
                found: "a boundary without 'along', 'multiple-of' and 'one-by-one: yes'",
                expected: "one of them")
        }
    }
}

extension Filter {
    init(_ value: YAMLValue) throws(InputProblems) {
        var collector = ProblemCollector()
        var conditions: [Condition] = []
        for (name, value) in try value.entries(of: "parameters with the values that count") {
            if name.value == "placement" {
                collector.add(
                    at: name.location, found: "'placement' among the parameters",
                    expected: "'placement' beside 'where'")
            }
            let values = collector.collect { () throws(InputProblems) in
                value.isList
                    ? try value.list(of: "values") { one throws(InputProblems) in
                        try one.scalar("a value")
                    } : [try value.scalar("a value")]
            }
            if let values { conditions.append(Condition(name: name, values: values)) }
        }
        try collector.check()
        self.conditions = conditions
    }
}
