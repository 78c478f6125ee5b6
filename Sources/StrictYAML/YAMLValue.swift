import Yams

/// A value of a document with its place, asked for as what it must be.
///
/// Each reader says in its error what was found and what was expected; none of them converts
/// silently.
public struct YAMLValue {
    let node: Node
    let file: String

    init(_ node: Node, file: String) {
        self.node = node
        self.file = file
    }

    /// Where it was written.
    public var location: SourceLocation {
        guard let mark = node.mark else { return .file(file) }
        return .place(file: file, line: mark.line, column: mark.column)
    }

    /// The error of a reader that expected something else.
    public func unexpected(_ expected: String) -> InputProblems {
        InputProblems(at: location, found: found, expected: expected)
    }

    /// What it is, for messages.
    public var found: String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        case .scalar(let scalar): isEmpty ? "nothing" : "\(QuotedText(scalar.string))"
        }
    }

    /// Whether it is a list.
    public var isList: Bool { node.sequence != nil }

    /// Whether it is a mapping.
    public var isMapping: Bool { node.mapping != nil }

    /// Whether nothing is written: an empty value, `~` or `null`.
    public var isEmpty: Bool {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else {
            return node.scalar?.string.isEmpty ?? false
        }
        return ["", "~", "null"].contains(scalar.string)
    }

    /// The elements of a list that holds at least one.
    public func list(of what: String) throws(InputProblems) -> [YAMLValue] {
        guard let sequence = node.sequence else { throw unexpected("a list of \(what)") }
        guard !sequence.isEmpty else {
            throw InputProblems(
                at: location, found: "an empty list", expected: "a list of \(what)")
        }
        return sequence.map { YAMLValue($0, file: file) }
    }

    /// The elements of a list, each read by `decode`; the problems of all of them are reported.
    public func list<Element>(
        of what: String, _ decode: (YAMLValue) throws(InputProblems) -> Element
    ) throws(InputProblems) -> [Element] {
        var collector = ProblemCollector()
        var elements: [Element] = []
        for value in try list(of: what) {
            if let element = collector.collect({ () throws(InputProblems) in try decode(value) }) {
                elements.append(element)
            }
        }
        try collector.check()
        return elements
    }

    /// The pairs of a mapping whose keys are the user's own, in the order in which they are
    /// written.
    public func entries(
        of what: String
    ) throws(InputProblems) -> [(key: Located<String>, value: YAMLValue)] {
        guard let mapping = node.mapping, !mapping.isEmpty else {
            throw InputProblems(
                at: location, found: isMapping ? "an empty mapping" : found,
                expected: "a mapping of \(what)")
        }
        var collector = ProblemCollector()
        var entries: [(key: Located<String>, value: YAMLValue)] = []
        for (key, value) in mapping {
            let key = YAMLValue(key, file: file)
            if let text = collector.collect({ () throws(InputProblems) in try key.name() }) {
                entries.append((Located(text, at: key.location), YAMLValue(value, file: file)))
            }
        }
        try collector.check()
        return entries
    }
}
