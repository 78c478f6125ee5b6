/// A log that grows at its end: the model of a partition. Each append is told its offset.
public struct AppendLog: SequentialModel {
    /// What a client asks.
    public enum Operation: Hashable, Sendable {
        /// This comes at the end.
        case append([UInt8])
        /// What stands at an offset, from 0.
        case read(at: Int)
        /// How many entries there are: the offset of the next one.
        case length
    }

    /// What a client hears.
    public enum Answer: Hashable, Sendable {
        /// To an append: its offset.
        case appended(at: Int)
        /// To a read: the entry, nil where the log does not reach so far.
        case entry([UInt8]?)
        /// To a question for the length.
        case length(Int)
    }

    /// The entries.
    public typealias State = [[UInt8]]

    /// The model of a log that begins empty.
    public init() {}

    /// No entries.
    public var initial: [[UInt8]] { [] }

    /// The log after an operation; nil where it would have been answered otherwise. O(length) for an
    /// append.
    public func state(
        after operation: Operation, answered answer: Answer?, from state: [[UInt8]]
    ) -> [[UInt8]]? {
        switch (operation, answer) {
        case (.append(let entry), nil): state + [entry]
        case (.append(let entry), .appended(let offset)):
            offset == state.count ? state + [entry] : nil
        case (.read, nil), (.length, nil): state
        case (.read(let offset), .entry(let entry)):
            (state.indices.contains(offset) ? state[offset] : nil) == entry ? state : nil
        case (.length, .length(let length)): length == state.count ? state : nil
        default: nil
        }
    }

    /// All but appends.
    public func isSilent(_ operation: Operation, answered answer: Answer?) -> Bool {
        if case .append = operation { false } else { true }
    }
}
