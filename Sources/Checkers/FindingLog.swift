/// What a checker found: the first findings, and how many there were. A broken protocol may break a rule
/// at every step, and the first breaks tell the most.
public struct FindingLog<Finding: Sendable>: Sendable {
    /// How many findings are kept.
    public static var mostKept: Int { 64 }

    /// The first findings, in the order in which they were made.
    public private(set) var first: [Finding] = []
    /// How many findings there were.
    public private(set) var count = 0

    /// Nothing found.
    public init() {}

    /// Whether nothing was found.
    public var isEmpty: Bool { count == 0 }

    /// Notes a finding. O(1).
    mutating func note(_ finding: Finding) {
        count += 1
        if first.count < Self.mostKept { first.append(finding) }
    }
}

extension FindingLog where Finding: CustomStringConvertible {
    /// Each finding that was kept in a line of its own, and a line for the rest.
    public var lines: [String] {
        let rest = count - first.count
        return first.map(\.description) + (rest > 0 ? ["and \(rest) more"] : [])
    }
}

extension FindingLog: Equatable where Finding: Equatable {}
extension FindingLog: Hashable where Finding: Hashable {}
