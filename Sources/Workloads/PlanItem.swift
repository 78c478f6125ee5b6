import Measurement
import Quantities
import StrictYAML

/// A workload with everything that decides what is measured for it.
struct PlanItem {
    let workload: Workload
    let benchmark: BenchmarkDescription
    let settings: [Setting]
    let profiles: [PlanningProfile]
    let forks: Int
    let time: Nanoseconds
    let location: SourceLocation

    /// Whom a message about the parameters together names: the command line where it gave one of
    /// them, the workload otherwise.
    var blamed: SourceLocation {
        settings.map(\.name.location).first { location in
            if case .option = location { true } else { false }
        } ?? location
    }

    /// Every combination of its sweeps under every profile, at most `limit` of them.
    func unrolled(upTo limit: Int) throws(InputProblems) -> [PlannedWorkload] {
        let settings = try checkedSettings()
        var count = profiles.count
        for setting in settings {
            let (product, overflow) = count.multipliedReportingOverflow(by: setting.values.count)
            guard !overflow, product <= limit else {
                throw InputProblems(
                    at: location,
                    found: "sweeps of '\(workload.name.value)' that multiply to more than "
                        + "\(Limits.plannedWorkloads) measurements",
                    expected: "at most that many in one plan")
            }
            count = product
        }
        var planned: [PlannedWorkload] = []
        for profile in profiles {
            var combinations = [try base(profile, without: settings)]
            for setting in settings {
                combinations = combinations.flatMap { parameters in
                    setting.values.map { parameters.with(setting.name.value, $0.value) }
                }
            }
            planned += combinations.map { parameters in
                PlannedWorkload(
                    workload: workload.name.value, benchmark: benchmark.name,
                    parameters: parameters, profile: profile.name, forks: forks, time: time,
                    commands: workload.commands)
            }
        }
        return planned
    }

    /// The settings with their values in canonical form, or all that is wrong with them.
    private func checkedSettings() throws(InputProblems) -> [Setting] {
        var collector = ProblemCollector()
        var checked: [Setting] = []
        for setting in settings {
            let name = setting.name.value
            guard let parameter = benchmark.parameters.first(where: { $0.name == name }) else {
                collector.add(
                    at: setting.name.location,
                    found: "unknown parameter \(QuotedText(name)) of benchmark "
                        + "'\(benchmark.name)'",
                    expected: Spelling.expectation(
                        for: name, among: benchmark.parameters.map(\.name)))
                continue
            }
            var values: [Located<String>] = []
            for value in setting.values {
                let text = parameter.canonical(value.value)
                if parameter.problem(with: text) != nil {
                    collector.add(
                        at: value.location,
                        found: "parameter '\(name)' with the value \(QuotedText(value.value))",
                        expected: parameter.expectation)
                } else if values.contains(where: { $0.value == text }) {
                    collector.add(
                        at: value.location, found: "'\(text)' twice in the sweep of '\(name)'",
                        expected: "each value once")
                }
                values.append(Located(text, at: value.location))
            }
            checked.append(Setting(setting.name, values))
        }
        try collector.check()
        return checked
    }

    /// The parameters that the settings leave open, from the profile or the benchmark's default.
    private func base(
        _ profile: PlanningProfile, without settings: [Setting]
    ) throws(InputProblems) -> ParameterSet {
        var collector = ProblemCollector()
        var base = ParameterSet()
        for parameter in benchmark.parameters
        where !settings.contains(where: { $0.name.value == parameter.name }) {
            guard let field = parameter.profileField else {
                base = base.with(parameter.name, parameter.defaultValue)
                continue
            }
            let text = profile.fields[field].map(parameter.canonical)
            guard let text, parameter.problem(with: text) == nil else {
                let found = text.map { "the value \(QuotedText($0))" } ?? "no value"
                collector.add(
                    at: location,
                    found: "parameter '\(parameter.name)' of benchmark '\(benchmark.name)' left "
                        + "to field '\(field)' of profile '\(profile.name)', which has \(found)",
                    expected: parameter.expectation)
                continue
            }
            base = base.with(parameter.name, text)
        }
        try collector.check()
        return base
    }
}

extension ParameterSpecification {
    /// What it accepts, as the end of a sentence that starts with "expected".
    var expectation: String {
        switch kind {
        case .integer(let range):
            "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            "a number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words):
            words.count == 1 ? "'\(words[0])'" : "one of \(words.joined(separator: ", "))"
        case .subset(let words): "some of \(words.joined(separator: ", ")), each once"
        case .duration(let range): "a time from \(range.lowerBound) to \(range.upperBound)"
        case .durationOrWord(let range, let word):
            "a time from \(range.lowerBound) to \(range.upperBound), or '\(word)'"
        }
    }

    /// One spelling for each whole number, so that equal parameters compare equal.
    func canonical(_ text: String) -> String {
        switch kind {
        case .integer: Int(text).map { "\($0)" } ?? text
        case .number: Double(text).map { Int(exactly: $0).map { "\($0)" } ?? "\($0)" } ?? text
        case .choice, .subset, .duration, .durationOrWord: text
        }
    }
}
