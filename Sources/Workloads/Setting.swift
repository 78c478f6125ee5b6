import StrictYAML

/// A parameter with the value it is given, or with the values that it is swept over.
public struct Setting: Sendable {
    /// The parameter.
    public let name: Located<String>
    /// The values as written, in the order in which they are measured; one for a fixed parameter.
    public let values: [Located<String>]

    /// A setting of at least one value.
    public init(_ name: Located<String>, _ values: [Located<String>]) {
        precondition(!values.isEmpty, "parameter '\(name.value)' is set to nothing")
        self.name = name
        self.values = values
    }
}

extension [Setting] {
    /// These settings with those of `others` in place of the ones of the same name; what is new
    /// comes last.
    public func overridden(by others: [Setting]) -> [Setting] {
        var result = self
        for other in others {
            if let index = result.firstIndex(where: { $0.name.value == other.name.value }) {
                result[index] = other
            } else {
                result.append(other)
            }
        }
        return result
    }
}

extension Setting {
    /// The settings of a mapping `fixed` (a value each) and of a mapping `sweep` (a list of values
    /// each). A list as a value is a parameter that takes several words.
    static func settings(
        fixed: YAMLValue?, sweep: YAMLValue?
    ) throws(InputProblems) -> [Setting] {
        var collector = ProblemCollector()
        var settings: [Setting] = []
        for (mapping, isSweep) in [(fixed, false), (sweep, true)] {
            guard let mapping else { continue }
            let read = collector.collect { () throws(InputProblems) in
                try self.settings(of: mapping, isSweep: isSweep)
            }
            for setting in read ?? [] {
                let name = setting.name
                if settings.contains(where: { $0.name.value == name.value }) {
                    collector.add(
                        at: name.location, found: "parameter '\(name.value)' fixed and swept",
                        expected: "one or the other")
                }
                settings.append(setting)
            }
        }
        try collector.check()
        return settings
    }

    private static func settings(
        of mapping: YAMLValue, isSweep: Bool
    ) throws(InputProblems) -> [Setting] {
        var collector = ProblemCollector()
        var settings: [Setting] = []
        for (name, value) in try mapping.entries(of: "parameters") {
            let values = collector.collect { () throws(InputProblems) in
                isSweep
                    ? try value.list(of: "values") { one throws(InputProblems) in
                        try text(of: one)
                    }
                    : [try text(of: value)]
            }
            if let values { settings.append(Setting(name, values)) }
        }
        try collector.check()
        return settings
    }

    private static func text(of value: YAMLValue) throws(InputProblems) -> Located<String> {
        guard value.isList else { return Located(try word(value), at: value.location) }
        let words = try value.list(of: "words") { one throws(InputProblems) in try word(one) }
        return Located(words.joined(separator: ","), at: value.location)
    }

    private static func word(_ value: YAMLValue) throws(InputProblems) -> String {
        let text = try value.scalar("a parameter's value")
        if text.contains(";") || text.contains("=") {
            throw value.unexpected("a parameter's value without ';' and '='")
        }
        return text
    }
}
