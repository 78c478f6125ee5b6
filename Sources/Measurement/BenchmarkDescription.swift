import Quantities

/// What a benchmark is called, which parameters it takes and which figures it gives.
public struct BenchmarkDescription: Sendable {
    /// Dotted lower-case name, such as `channel.spsc.latency`.
    public let name: String
    /// One sentence on what is measured.
    public let summary: String
    /// The parameters it understands; any other is an error.
    public let parameters: [ParameterSpecification]
    /// Names of what its figures are told apart by beside the parameters, as by trials of one benchmark.
    public let distinctions: [String]
    /// The figures it gives.
    public let metrics: [MetricSpecification]
    /// How many processing units it occupies while it measures; its thread is bound to the first.
    /// None for what is computed: its thread stays where it is.
    public let processingUnits: Int
    /// What bounds its figures from below, in words.
    public let floor: String
    /// Whether it times anything, so that what disturbs the machine disturbs its figures. One that
    /// occupies no processing unit of its own may time what others do, on any that it is given.
    public let isTimed: Bool
    /// Whether its threads wait for devices, so that being off a processor and faulting pages in
    /// belong to what is measured.
    public let isBlocking: Bool
    /// Whether they do under these parameters, where that depends on them.
    private let blocksUnder: @Sendable (ParameterSet) -> Bool
    /// Why parameters that are valid one by one cannot be measured together in the time given, in
    /// one line of the form `what was found; expected what`; `nil` when they can. Asked before anything
    /// is measured.
    public let contradiction: @Sendable (ParameterSet, Nanoseconds) -> String?

    /// Describes a benchmark; it is timed if it occupies processing units, unless said otherwise.
    public init(
        name: String, summary: String, parameters: [ParameterSpecification],
        distinctions: [String] = [], metrics: [MetricSpecification], processingUnits: Int,
        floor: String,
        isBlocking: Bool = false, isTimed: Bool? = nil,
        blocksUnder: @escaping @Sendable (ParameterSet) -> Bool = { _ in false },
        contradiction: @escaping @Sendable (ParameterSet, Nanoseconds) -> String? = { _, _ in nil }
    ) {
        self.name = name
        self.summary = summary
        self.parameters = parameters
        self.distinctions = distinctions
        self.metrics = metrics
        self.processingUnits = processingUnits
        self.floor = floor
        self.isBlocking = isBlocking
        self.blocksUnder = blocksUnder
        self.isTimed = isTimed ?? (processingUnits > 0)
        self.contradiction = contradiction
    }

    /// Whether being off a processor and faulting pages in belong to what is measured under
    /// `parameters`.
    public func isBlocking(under parameters: ParameterSet) -> Bool {
        isBlocking || blocksUnder(parameters)
    }

    /// The metric called `name`, if the benchmark gives it.
    public func metric(_ name: String) -> MetricSpecification? {
        metrics.first { $0.name == name }
    }
}

/// A parameter: its name, what it may be, and what it is when nobody says.
public struct ParameterSpecification: Sendable {
    /// What values are accepted.
    public enum Kind: Sendable {
        /// A whole number in the range.
        case integer(ClosedRange<Int>)
        /// A finite number in the range.
        case number(ClosedRange<Double>)
        /// One of the words.
        case choice([String])
        /// A comma-separated list without repetition of some of the words.
        case subset(of: [String])
        /// A time from the least to the greatest.
        case duration(ClosedRange<Nanoseconds>)
        /// A time from the least to the greatest, or the word for what takes its place.
        case durationOrWord(ClosedRange<Nanoseconds>, String)
    }

    /// Dotted lower-case name.
    public let name: String
    /// What it changes.
    public let summary: String
    /// What it may be.
    public let kind: Kind
    /// The value when neither the workload, the profile nor the command line gives one.
    public let defaultValue: String
    /// The field of the profile that gives the value when the workload does not.
    public let profileField: String?

    /// Describes a parameter. The default must satisfy the kind.
    public init(
        _ name: String, _ summary: String, _ kind: Kind, default defaultValue: String,
        profileField: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.kind = kind
        self.defaultValue = defaultValue
        self.profileField = profileField
        precondition(
            problem(with: defaultValue) == nil,
            "default '\(defaultValue)' of parameter '\(name)' is not valid")
    }

    /// What is wrong with `value`, as the end of a sentence that starts with the parameter's name;
    /// `nil` when it is valid.
    public func problem(with value: String) -> String? {
        switch kind {
        case .integer(let range):
            guard let number = Int(value), range.contains(number) else {
                return "is '\(value)', expected a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound)"
            }
        case .number(let range):
            guard let number = Double(value), range.contains(number) else {
                return "is '\(value)', expected a number from \(range.lowerBound) to "
                    + "\(range.upperBound)"
            }
        case .choice(let words):
            guard words.contains(value) else {
                return "is '\(value)', expected one of \(words.joined(separator: ", "))"
            }
        case .subset(let words):
            return subsetProblem(value, words)
        case .duration(let range):
            return durationProblem(value, range)
        case .durationOrWord(let range, let word):
            guard value != word else { return nil }
            return durationProblem(value, range).map { "\($0), or the word \(word)" }
        }
        return nil
    }

    private func durationProblem(_ value: String, _ range: ClosedRange<Nanoseconds>) -> String? {
        do {
            guard range.contains(try Nanoseconds(parsing: value)) else {
                return "is '\(value)', expected a time from \(range.lowerBound) to "
                    + "\(range.upperBound)"
            }
            return nil
        } catch {
            return "is '\(value)': \(error)"
        }
    }

    private func subsetProblem(_ value: String, _ words: [String]) -> String? {
        let chosen = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        for (index, word) in chosen.enumerated() {
            guard words.contains(word) else {
                return "names '\(word)', expected some of \(words.joined(separator: ", "))"
            }
            guard !chosen[..<index].contains(word) else { return "names '\(word)' twice" }
        }
        return nil
    }
}

/// A figure that a benchmark gives.
public struct MetricSpecification: Codable, Hashable, Sendable {
    /// Which way is better.
    public enum Direction: String, Codable, Sendable {
        /// Smaller is better: times.
        case lower
        /// Larger is better: rates.
        case higher
        /// Neither: a description of the run.
        case neither
    }

    /// How samples become figures.
    public enum Kind: String, Codable, Sendable {
        /// A value per timed window, summarised by median, mean, spread and extremes; single
        /// operations may be recorded beside them in a histogram, summarised by percentiles.
        case sampled
        /// A value per seed, computed or simulated, with no clock of the machine in it: exact for its
        /// seed, in any process, and independent of the others. So seeds are the sampling units, and a
        /// further process only adds more of them.
        case seeded
        /// Computed without sampling error; repeated forks must agree.
        case exact
    }

    /// Dotted lower-case name.
    public let name: String
    /// Unit symbol of the values.
    public let unit: String
    /// Which way is better.
    public let better: Direction
    /// How samples become figures.
    public let kind: Kind
    /// One sentence on what the figure says.
    public let summary: String

    /// Describes a metric.
    public init(
        _ name: String, _ unit: Unit, _ better: Direction, _ kind: Kind, _ summary: String
    ) {
        self.name = name
        self.unit = unit.symbol
        self.better = better
        self.kind = kind
        self.summary = summary
    }
}
