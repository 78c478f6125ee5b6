import Measurement
import StrictYAML

/// Which figures decide a claim.
public struct Evidence: Sendable {
    /// Whether a claim that names no setting must hold in all that were measured, or in one.
    public enum Quantifier: String, Sendable, CaseIterable {
        /// In all: the reading for claims of what is.
        case every
        /// In one: the reading for claims of what can be reached.
        case some
    }

    /// Compares the ends of a series instead of judging its figures.
    public struct Trend: Sendable {
        /// The parameter along which the series goes.
        public let along: Located<String>
        /// Parameters that make another series of the same workload the measure: the figure is
        /// then how much this series grows for each time that the other one does.
        public let against: Filter?
    }

    /// The workload.
    public let workload: Located<String>
    /// Its metric.
    public let metric: Located<String>
    /// The statistic of the metric.
    public let statistic: Located<String>
    /// Which of the workload's figures count.
    public let filter: Filter
    /// Where the two cores of the measurement have to be for the claim to be decided; `nil` for
    /// wherever they were.
    public let placement: Placement?
    /// Which settings it has to hold in.
    public let quantifier: Quantifier
    /// Whether figures count only where what was written persists.
    public let mustPersist: Bool
    /// The trend to judge, or `nil` to judge figures.
    public let trend: Trend?
    /// How figures are carried beyond what was measured; `nil` to judge them as they are.
    public let extrapolation: Extrapolation?
    /// Other models that carry figures as far, beside the first. Where they disagree with it the
    /// claim is left open.
    public let alternatives: [Extrapolation]

    /// The same of other figures: those of `workload` that `filter` lets through, each by itself.
    func searching(_ workload: Located<String>, _ filter: Filter) -> Evidence {
        Evidence(
            workload: workload, metric: metric, statistic: statistic, filter: filter,
            placement: placement, quantifier: quantifier, mustPersist: mustPersist, trend: nil,
            extrapolation: extrapolation, alternatives: [])
    }

    /// The same by another model, with the workload and the conditions that this one has of its own.
    func carried(by model: Extrapolation) -> Evidence {
        var (workload, filter) = (workload, filter)
        if let law = model.law {
            workload = law.workload ?? workload
            filter = law.filter ?? filter
        }
        return Evidence(
            workload: workload, metric: metric, statistic: statistic, filter: filter,
            placement: placement, quantifier: quantifier, mustPersist: mustPersist,
            trend: model.law == nil ? trend : nil, extrapolation: model, alternatives: [])
    }
}

/// Parameters with the values that count.
public struct Filter: Sendable, CustomStringConvertible {
    /// A parameter and its values.
    public struct Condition: Sendable {
        /// The parameter.
        public let name: Located<String>
        /// The values that count, as the parameters of figures have them.
        public let values: [String]
    }

    /// The conditions in the order of the file.
    public let conditions: [Condition]

    /// Whether figures with `parameters` count.
    public func accepts(_ parameters: ParameterSet) -> Bool {
        conditions.allSatisfy { condition in
            parameters[condition.name.value].map(condition.values.contains) ?? false
        }
    }

    /// The conditions that do not concern `name`.
    func without(_ names: [String]) -> Filter {
        Filter(conditions: conditions.filter { !names.contains($0.name.value) })
    }

    /// These conditions, those of `other` in place of the ones on the same parameters.
    func overridden(by other: Filter) -> Filter {
        let kept = without(other.names)
        return Filter(conditions: kept.conditions + other.conditions)
    }

    var names: [String] { conditions.map(\.name.value) }

    /// `key=value` pairs, `|` between values.
    public var description: String {
        conditions.map { "\($0.name.value)=\($0.values.joined(separator: "|"))" }
            .joined(separator: ";")
    }
}

/// Where a refuted claim would hold: along which parameter to look, or how many of a thing it would
/// take.
public struct Boundary: Sendable {
    /// The parameter, if there is one to look along.
    public let along: Located<String>?
    /// What there would have to be more of, such as `cores`, each adding as much as the first.
    public let multiple: String?
    /// The workload whose figures show it; `nil` for the evidence's own.
    public let workload: Located<String>?
    /// Conditions that replace those of the evidence.
    public let filter: Filter?
    /// Whether the measured operations follow one another, so that none is quicker than the floor of
    /// its workload, and as many as fit are all there can be.
    public let isOneByOne: Bool
}

/// What a claim presumes of the machine.
public struct Requirement: Sendable {
    /// How a fact is compared.
    public enum Test: Sendable {
        /// It is one of these words.
        case oneOf([String])
        /// It is this version or number, or a later or larger one.
        case atLeast(String)
    }

    /// The fact.
    public let fact: String
    /// What it must be.
    public let test: Test
    /// What is needed, in words: the end of "needs …".
    public let need: String
}
