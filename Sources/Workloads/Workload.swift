import Measurement
import Quantities
import StrictYAML

/// What a workload file says: a benchmark, its parameters, and how often and how long to measure.
public struct Workload: Sendable {
    /// The tag in a workload file's `schema`.
    public static let schema = "nilometer/workload/1"

    /// Dotted lower-case name; figures carry it.
    public let name: Located<String>
    /// One sentence on what is measured.
    public let summary: String
    /// The benchmark that measures it.
    public let benchmark: Located<String>
    /// Its parameters, fixed ones first, then the swept ones in the order of the file.
    public let settings: [Setting]
    /// The profiles under which it is measured when the command line names none; empty for the
    /// run's own.
    public let profiles: [Located<String>]
    /// How many fresh processes measure it.
    public let forks: Int
    /// How long each of them measures.
    public let time: Nanoseconds
    /// The commands that it measures; `nil` for every benchmark but `command`.
    public let commands: MeasuredCommands?

    /// Reads a workload file.
    public init(file: String) throws(InputProblems) {
        try self.init(YAMLDocument.root(ofFile: file))
    }

    /// The workload of a command line's commands.
    init(
        _ name: Located<String>, _ commands: MeasuredCommands, forks: Int, time: Nanoseconds
    ) {
        self.name = name
        summary = "Commands."
        benchmark = name
        settings = []
        profiles = []
        self.forks = forks
        self.time = time
        self.commands = commands
    }

    init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a workload")
        _ = try mapping.schema(oneOf: [Workload.schema])
        let name = mapping.required("name") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        let summary = mapping.required("summary") { value throws(InputProblems) in
            try value.text()
        }
        let benchmark = mapping.required("benchmark") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        settings = mapping.settings(fixed: "parameters", sweep: "sweep")
        profiles =
            mapping.optional("profiles") { value throws(InputProblems) in
                try value.list(of: "profiles") { one throws(InputProblems) in
                    Located(try one.name(), at: one.location)
                }
            } ?? []
        commands = mapping.commands(of: benchmark?.value)
        let forks = mapping.required("forks") { value throws(InputProblems) in
            try value.integer(in: Limits.forks)
        }
        let time = mapping.required("time") { value throws(InputProblems) in
            try value.duration(in: Limits.time)
        }
        (self.name, self.summary, self.benchmark, self.forks, self.time) =
            try mapping.finish(name, summary, benchmark, forks, time)
    }
}

extension YAMLMapping {
    /// The settings under two keys; the problems in them are thrown by `finish`.
    mutating func settings(fixed: String, sweep: String) -> [Setting] {
        var values: [YAMLValue?] = []
        for key in [fixed, sweep] {
            values.append(optional(key) { value throws(InputProblems) in value })
        }
        return collect { () throws(InputProblems) in
            try Setting.settings(fixed: values[0], sweep: values[1])
        } ?? []
    }
}
