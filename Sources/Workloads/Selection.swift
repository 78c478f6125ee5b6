import Quantities
import StrictYAML

/// The workloads that a run is to measure, with forks, time and parameters as their suite has
/// them.
public struct Selection: Sendable {
    /// A workload of the selection.
    public struct Item: Sendable {
        /// The workload.
        public let workload: Workload
        /// How many processes measure it.
        public let forks: Int
        /// How long each of them measures.
        public let time: Nanoseconds
        /// The workload's settings, overridden by the suite's.
        public let settings: [Setting]
        /// Where it was selected: the suite's entry, or the workload itself.
        let location: SourceLocation
    }

    /// The suite that was selected, or `nil` when workloads were named.
    public let suite: Suite?
    /// The workloads in the order in which they were named.
    public let items: [Item]
}

extension Catalogue {
    /// What the command line selects.
    ///
    /// - Parameters:
    ///   - names: names, patterns such as `channel.*`, or files ending in `.yaml`: workloads, or
    ///     one suite. With a suite they choose among its workloads.
    ///   - suite: a suite's name or file; needed when there are no names.
    public func selection(
        names: [String], suite: String? = nil
    ) throws(InputProblems) -> Selection {
        precondition(!names.isEmpty || suite != nil, "neither a workload nor a suite is named")
        if let suite { return try selection(of: self.suite(suite), matching: names) }
        if names.count == 1, Catalogue.isFile(names[0]), try Catalogue.holdsSuite(names[0]) {
            return try selection(of: Suite(file: names[0]))
        }
        var collector = ProblemCollector()
        var items: [Selection.Item] = []
        for name in names {
            let found = collector.collect { () throws(InputProblems) in
                try matches(of: name, in: workloads, \.name.value)
            }
            for workload in found ?? []
            where !items.contains(where: { $0.location == workload.name.location }) {
                items.append(Selection.Item(workload))
            }
        }
        try collector.check()
        return Selection(suite: nil, items: items)
    }

    /// What is to be measured where figures of the workloads `needed` are: those of a suite as it has
    /// them; where `withOthers` says so, the others too, as their files have them.
    ///
    /// - Parameters:
    ///   - needed: names of workloads.
    ///   - suite: a suite's name or file.
    public func selection(
        needed: [String], suite name: String, withOthers: Bool
    ) throws(InputProblems) -> Selection {
        let suite = try suite(name)
        let items = try selection(of: suite).items.filter {
            needed.contains($0.workload.name.value)
        }
        let others = needed.filter { name in
            !items.contains { $0.workload.name.value == name }
        }
        guard withOthers, !others.isEmpty else { return Selection(suite: suite, items: items) }
        return Selection(suite: suite, items: items + (try selection(names: others).items))
    }

    func selection(
        of suite: Suite, matching names: [String] = []
    ) throws(InputProblems) -> Selection {
        var collector = ProblemCollector()
        var items: [Selection.Item] = []
        for entry in suite.entries {
            guard let workload = workload(entry.workload.value) else {
                let known = workloads.map(\.name.value)
                collector.add(
                    at: entry.workload.location,
                    found: "unknown workload \(QuotedText(entry.workload.value))",
                    expected: Spelling.expectation(for: entry.workload.value, among: known))
                continue
            }
            items.append(Selection.Item(workload, as: entry))
        }
        var chosen: Set<String> = []
        for name in names {
            let found = collector.collect { () throws(InputProblems) in
                try matches(of: name, in: items, \.workload.name.value, of: suite)
            }
            chosen.formUnion((found ?? []).map(\.workload.name.value))
        }
        try collector.check()
        if !names.isEmpty { items = items.filter { chosen.contains($0.workload.name.value) } }
        return Selection(suite: suite, items: items)
    }

    private func suite(_ name: String) throws(InputProblems) -> Suite {
        if Catalogue.isFile(name) { return try Suite(file: name) }
        guard let suite = suites.first(where: { $0.name.value == name }) else {
            throw InputProblems(
                at: nil, found: "unknown suite \(QuotedText(name))",
                expected: Spelling.expectation(for: name, among: suites.map(\.name.value)))
        }
        return suite
    }

    private func matches(
        of name: String, in workloads: [Workload], _ key: (Workload) -> String
    ) throws(InputProblems) -> [Workload] {
        if Catalogue.isFile(name) { return [try Workload(file: name)] }
        return try matches(of: name, in: workloads, key, of: nil)
    }

    private func matches<Element>(
        of name: String, in elements: [Element], _ key: (Element) -> String, of suite: Suite?
    ) throws(InputProblems) -> [Element] {
        let pattern = NamePattern(name)
        let found = elements.filter { pattern.matches(key($0)) }
        if found.isEmpty {
            let place = suite.map { " in suite '\($0.name.value)'" } ?? ""
            throw InputProblems(
                at: nil, found: "no workload \(QuotedText(name))\(place)",
                expected: Spelling.expectation(for: name, among: elements.map(key)))
        }
        return found
    }

    private static func isFile(_ name: String) -> Bool {
        name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/")
    }

    private static func holdsSuite(_ file: String) throws(InputProblems) -> Bool {
        var mapping = try YAMLMapping(YAMLDocument.root(ofFile: file), "a workload or suite")
        return try mapping.schema(oneOf: [Workload.schema, Suite.schema]) == Suite.schema
    }
}

extension Selection.Item {
    /// A workload as its file has it.
    init(_ workload: Workload) {
        self.init(
            workload: workload, forks: workload.forks, time: workload.time,
            settings: workload.settings, location: workload.name.location)
    }

    init(_ workload: Workload, as entry: Suite.Entry) {
        self.init(
            workload: workload, forks: entry.forks ?? workload.forks,
            time: entry.time ?? workload.time,
            settings: workload.settings.overridden(by: entry.settings),
            location: entry.workload.location)
    }
}
