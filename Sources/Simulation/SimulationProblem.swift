public import StateMachines

/// Why conditions, faults or a plan of them are refused.
public enum SimulationProblem: Error, Hashable, Sendable {
    /// A cluster of this many nodes; it has 1 to `Conditions.mostNodes`.
    case nodes(Int)
    /// A number that is not what it has to be.
    case number(String, Double, expected: String)
    /// A span that is not within these.
    case span(String, Span, least: Span, most: Span)
    /// A range whose end lies before its start.
    case emptyRange(String, Span, Span)
    /// A node that the cluster does not have.
    case unknownNode(NodeID, nodes: Int)
    /// A count that is not within these.
    case count(String, Int, least: Int, most: Int)
    /// A text that says no fault or no conditions; `line` counts from 1.
    case malformed(line: Int, found: String, expected: String)
}

extension SimulationProblem: CustomStringConvertible {
    /// One line: what was found and what was expected.
    public var description: String {
        switch self {
        case .nodes(let count):
            "simulation: \(count) nodes; expected 1 to \(Conditions.mostNodes)"
        case .number(let name, let value, let expected):
            "simulation: \(name) is \(value); expected \(expected)"
        case .span(let name, let span, let least, let most):
            "simulation: \(name) is \(span); expected \(least) to \(most)"
        case .emptyRange(let name, let least, let most):
            "simulation: \(name) is from \(least) to \(most); expected the least first"
        case .unknownNode(let node, let nodes):
            "simulation: no node \(node); expected n0 to n\(nodes - 1)"
        case .count(let name, let count, let least, let most):
            "simulation: \(name) is \(count); expected \(least) to \(most)"
        case .malformed(let line, let found, let expected):
            "simulation: line \(line): found \(found); expected \(expected)"
        }
    }
}

extension SimulationProblem {
    static func check(
        _ span: Span, _ name: String, least: Span = .zero, most: Span = DelayDistribution.longest
    ) throws(SimulationProblem) {
        guard span >= least, span <= most else {
            throw .span(name, span, least: least, most: most)
        }
    }

    static func check(share: Double, _ name: String) throws(SimulationProblem) {
        // Written so that what is not a number fails as well.
        guard share >= 0, share <= 1 else {
            throw .number(name, share, expected: "a share from 0 to 1")
        }
    }

    static func check(
        _ count: Int, _ name: String, least: Int, most: Int
    ) throws(SimulationProblem) {
        guard count >= least, count <= most else {
            throw .count(name, count, least: least, most: most)
        }
    }

    static func check(_ node: NodeID, among nodes: Int) throws(SimulationProblem) {
        guard node.place < nodes else { throw .unknownNode(node, nodes: nodes) }
    }
}
