import StrictYAML

/// The workloads and suites that there are.
public struct Catalogue: Sendable {
    /// The workloads, by name.
    public let workloads: [Workload]
    /// The suites, by name.
    public let suites: [Suite]

    /// Reads `directory`/NAME.yaml and `directory`/suites/NAME.yaml, the problems of all files
    /// together.
    public init(directory: String) throws(InputProblems) {
        var collector = ProblemCollector()
        var workloads: [Workload] = []
        for name in try InputFile.names(in: directory, suffix: ".yaml") {
            let file = "\(directory)/\(name)"
            let workload = collector.collect { () throws(InputProblems) in
                let workload = try Workload(file: file)
                try Catalogue.check(workload.name, isNameOf: name)
                return workload
            }
            if let workload { workloads.append(workload) }
        }
        var suites: [Suite] = []
        for name in try InputFile.names(in: "\(directory)/suites", suffix: ".yaml") {
            let suite = collector.collect { () throws(InputProblems) in
                let suite = try Suite(file: "\(directory)/suites/\(name)")
                try Catalogue.check(suite.name, isNameOf: name)
                return suite
            }
            if let suite { suites.append(suite) }
        }
        try collector.check()
        try self.init(workloads: workloads, suites: suites)
    }

    /// The catalogue of these workloads and suites; the suites may name no others.
    public init(workloads: [Workload], suites: [Suite]) throws(InputProblems) {
        self.workloads = workloads.sorted { $0.name.value < $1.name.value }
        self.suites = suites.sorted { $0.name.value < $1.name.value }
        var collector = ProblemCollector()
        for suite in self.suites {
            _ = collector.collect { () throws(InputProblems) in try selection(of: suite) }
        }
        try collector.check()
    }

    /// The workload of this name, if there is one.
    public func workload(_ name: String) -> Workload? {
        workloads.first { $0.name.value == name }
    }

    private static func check(
        _ name: Located<String>, isNameOf file: String
    ) throws(InputProblems) {
        let expected = file.dropLast(".yaml".count)
        if name.value != expected {
            throw InputProblems(
                at: name.location, found: "the name \(QuotedText(name.value))",
                expected: "'\(expected)', as the file is called")
        }
    }
}
