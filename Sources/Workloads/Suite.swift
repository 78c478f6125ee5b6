import Quantities
import StrictYAML

/// What a suite file says: which workloads belong together, and how much of each.
public struct Suite: Sendable {
    /// The tag in a suite file's `schema`.
    public static let schema = "nilometer/suite/1"

    /// A workload of a suite, with what the suite changes of it.
    public struct Entry: Sendable {
        /// The workload's name.
        public let workload: Located<String>
        /// Processes that measure it; `nil` leaves the workload's own number.
        public let forks: Int?
        /// How long each measures; `nil` leaves the workload's own time.
        public let time: Nanoseconds?
        /// Parameters that replace the workload's.
        public let settings: [Setting]
    }

    /// Dotted lower-case name.
    public let name: Located<String>
    /// One sentence on what it is for.
    public let summary: String
    /// How long it may take; times are scaled down to fit. `nil` for as long as it takes.
    public let budget: Located<Nanoseconds>?
    /// Share of a budget, from 0 to ``Limits/setUp``, that its benchmarks spend beside their times:
    /// starting servers, filling stores. Times are scaled to what is left of it.
    public let setUp: Double
    /// Its workloads in the order of the file.
    public let entries: [Entry]

    /// Reads a suite file.
    public init(file: String) throws(InputProblems) {
        try self.init(YAMLDocument.root(ofFile: file))
    }

    init(_ value: YAMLValue) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a suite")
        _ = try mapping.schema(oneOf: [Suite.schema])
        let name = mapping.required("name") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        let summary = mapping.required("summary") { value throws(InputProblems) in
            try value.text()
        }
        budget = mapping.optional("budget") { value throws(InputProblems) in
            Located(try value.duration(in: Limits.budget), at: value.location)
        }
        let setUp = mapping.optional("set-up") { value throws(InputProblems) in
            try value.share(upTo: Limits.setUp)
        }
        self.setUp = setUp ?? 0
        let forks = mapping.forks()
        let time = mapping.time()
        let entries = mapping.required("workloads") { value throws(InputProblems) in
            try value.list(of: "workloads") { one throws(InputProblems) in
                try Entry(one, forks: forks, time: time)
            }
        }
        (self.name, self.summary, self.entries) = try mapping.finish(name, summary, entries)
    }
}

extension Suite.Entry {
    /// An entry that says nothing of forks or time has those of its suite.
    fileprivate init(
        _ value: YAMLValue, forks: Int?, time: Nanoseconds?
    ) throws(InputProblems) {
        var mapping = try YAMLMapping(value, "a suite's workload")
        let workload = mapping.required("workload") { value throws(InputProblems) in
            Located(try value.name(), at: value.location)
        }
        self.forks = mapping.forks() ?? forks
        self.time = mapping.time() ?? time
        settings = mapping.settings(fixed: "set", sweep: "sweep")
        self.workload = try mapping.finish(workload)
    }
}

extension YAMLMapping {
    fileprivate mutating func forks() -> Int? {
        optional("forks") { value throws(InputProblems) in
            try value.integer(in: Limits.forks)
        }
    }

    fileprivate mutating func time() -> Nanoseconds? {
        optional("time") { value throws(InputProblems) in
            try value.duration(in: Limits.time)
        }
    }
}
