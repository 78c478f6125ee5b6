/// A set of hardware threads or NUMA nodes by the kernel's numbers, written as the kernel writes it:
/// `0-3,8`.
public struct CPUSet: Hashable, Sendable {
    /// The numbers in ascending order, each once.
    public let indexes: [Int]

    /// The set of `indexes`, in any order, which must not be negative.
    public init(_ indexes: some Sequence<Int>) {
        var sorted: [Int] = []
        for index in indexes.sorted() where sorted.last != index {
            precondition(index >= 0, "the kernel numbers from 0, got \(index)")
            sorted.append(index)
        }
        self.indexes = sorted
    }

    /// How many there are.
    public var count: Int { indexes.count }
    /// Whether there are none.
    public var isEmpty: Bool { indexes.isEmpty }
    /// The lowest number, or `nil` for the empty set.
    public var first: Int? { indexes.first }

    /// Whether `index` is in the set. Complexity: O(log n).
    public func contains(_ index: Int) -> Bool {
        var low = 0
        var high = indexes.count
        while low < high {
            let middle = (low + high) / 2
            if indexes[middle] < index { low = middle + 1 } else { high = middle }
        }
        return low < indexes.count && indexes[low] == index
    }

    /// What is in both sets. Complexity: O(n + m).
    public func intersection(_ other: CPUSet) -> CPUSet {
        var common: [Int] = []
        var (mine, theirs) = (0, 0)
        while mine < indexes.count, theirs < other.indexes.count {
            let (left, right) = (indexes[mine], other.indexes[theirs])
            if left == right { common.append(left) }
            if left <= right { mine += 1 }
            if right <= left { theirs += 1 }
        }
        return CPUSet(common)
    }

    /// Whether any index is in both sets.
    public func intersects(_ other: CPUSet) -> Bool { !intersection(other).isEmpty }

    /// Whether every index of `other` is in this set.
    public func isSuperset(of other: CPUSet) -> Bool { intersection(other) == other }
}

extension CPUSet: ExpressibleByArrayLiteral {
    /// The set of the numbers listed.
    public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension CPUSet: CustomStringConvertible {
    /// The kernel's list format: ranges and single numbers parted by commas; empty for none.
    public var description: String {
        var parts: [String] = []
        var start = 0
        while start < indexes.count {
            var end = start
            while end + 1 < indexes.count, indexes[end + 1] == indexes[end] + 1 { end += 1 }
            parts.append(start == end ? "\(indexes[start])" : "\(indexes[start])-\(indexes[end])")
            start = end + 1
        }
        return parts.joined(separator: ",")
    }
}

extension CPUSet: LosslessStringConvertible {
    /// The highest number that is read: far above any kernel's limit, and low enough that a
    /// mistyped range cannot exhaust memory.
    private static let highest = 1 << 20

    /// Parses the kernel's list format; `nil` when the text is not one.
    public init?(_ text: String) {
        var indexes: [Int] = []
        let trimmed = text.trimmed
        if trimmed.isEmpty {
            self.init([])
            return
        }
        for part in trimmed.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let low = CPUSet.number(ends.first),
                let high = CPUSet.number(ends.last), low <= high
            else { return nil }
            indexes.append(contentsOf: low...high)
        }
        self.init(indexes)
    }

    private static func number(_ digits: Substring?) -> Int? {
        guard let digits, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
            let value = Int(digits), value <= highest
        else { return nil }
        return value
    }
}

/// In JSON a set is its list: `"0-3,8"`.
extension CPUSet: Codable {
    /// Reads the list format.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let set = CPUSet(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not a list such as '0-3,8'")
        }
        self = set
    }

    /// Writes the list format.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
