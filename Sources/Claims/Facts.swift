/// What is known of the machine beside its figures: words and numbers by name.
///
/// A fact that could not be found out is absent; nothing is assumed about it.
public struct Facts: Sendable {
    /// The facts that claims can ask for.
    ///
    /// - `accelerators`, `cores`, `numa-nodes`: how many there are.
    /// - `gossip-period-default`: between two rounds of a node's gossip when nobody says: `1 s`.
    /// - `io-uring`: `yes` when a ring can be set up, else `no`.
    /// - `kernel`: its version, such as `6.18`.
    /// - `storage`: what the measured directory is on: `nvme`, `ssd`, `rotational`, `virtual` (a
    ///   virtual machine's disk of unknown kind) or `memory`.
    /// - `virtual-nodes-default`: points that a node has on a ring when nobody says.
    /// - `virtualised`: `yes` in a virtual machine, else `no`.
    public static let names = [
        "accelerators", "cores", "gossip-period-default", "io-uring", "kernel", "numa-nodes",
        "storage", "virtual-nodes-default", "virtualised",
    ]

    private let values: [String: String]

    /// These facts, such as `["io-uring": "yes", "kernel": "6.18"]`.
    public init(_ values: [String: String] = [:]) {
        for name in values.keys {
            precondition(Facts.names.contains(name), "no fact is called '\(name)'")
        }
        self.values = values
    }

    /// A fact, or `nil` when it is unknown.
    public subscript(name: String) -> String? { values[name] }

    /// Whether `test` holds of `fact`; `nil` when the fact is unknown.
    func holds(_ test: Requirement.Test, of fact: String) -> Bool? {
        guard let value = values[fact] else { return nil }
        switch test {
        case .oneOf(let words): return words.contains(value)
        case .atLeast(let least):
            guard let (found, needed) = Facts.numbers(value, least) else { return nil }
            return !found.lexicographicallyPrecedes(needed)
        }
    }

    /// Both texts as dotted numbers of equal length: 5.10 comes after 5.9.
    private static func numbers(_ left: String, _ right: String) -> ([Int], [Int])? {
        func parts(_ text: String) -> [Int]? {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
            return parts.contains(nil) ? nil : parts.compactMap { $0 }
        }
        guard var left = parts(left), var right = parts(right) else { return nil }
        let length = max(left.count, right.count)
        left += Array(repeating: 0, count: length - left.count)
        right += Array(repeating: 0, count: length - right.count)
        return (left, right)
    }
}

extension Requirement.Test: CustomStringConvertible {
    /// The end of a sentence that starts with the fact.
    public var description: String {
        switch self {
        case .oneOf(let words): "is \(words.joined(separator: " or "))"
        case .atLeast(let least): "is at least \(least)"
        }
    }
}
