public import StateMachines

/// Who said something about an entry of a log, in which of its lives, and when.
public struct LogWitness: Hashable, Sendable, CustomStringConvertible {
    /// The node; for an acknowledgement, the client.
    public let node: NodeID
    /// Which life of the node it was, from 1.
    public let life: Int
    /// When.
    public let moment: Moment

    /// The node, its life and the moment.
    public var description: String { "\(node) (life \(life)) at \(moment)" }
}

/// An entry, and who said that it stands in the log.
public struct LogClaim<Entry: Hashable & Sendable>: Hashable, Sendable, CustomStringConvertible {
    /// What stands there.
    public let entry: Entry
    /// Who said so.
    public let witness: LogWitness

    /// The entry and the witness.
    public var description: String { "\(entry) to \(witness)" }
}

/// A rule of a replicated log that was broken.
public enum LogFinding<Entry: Hashable & Sendable>: Hashable, Sendable {
    /// Two nodes, or two lives of one, have committed different entries at one index.
    case disagreement(index: UInt64, first: LogClaim<Entry>, second: LogClaim<Entry>)
    /// A node committed something else than the entry after its last one.
    case outOfOrder(expected: UInt64, committed: UInt64, by: LogWitness)
    /// A node began a life with entries behind it that nobody had committed.
    case beganAhead(after: UInt64, committed: UInt64, by: LogWitness)
    /// A client was told that an entry is committed before any node had committed that index.
    case acknowledgedTooEarly(index: UInt64, LogClaim<Entry>)
    /// A client was told that an entry is committed where the nodes have committed another one.
    case acknowledgedAnother(
        index: UInt64, acknowledged: LogClaim<Entry>, committed: LogClaim<Entry>)
    /// A client was told that an entry is committed, and in the end no log of a live node reaches it.
    case lost(index: UInt64, acknowledged: LogClaim<Entry>, reached: UInt64)
}

extension LogFinding: CustomStringConvertible {
    /// What was broken, by whom and when, in one line.
    public var description: String {
        switch self {
        case .disagreement(let index, let first, let second):
            "entry \(index) is \(first), and \(second)"
        case .outOfOrder(let expected, let committed, let node):
            "\(node) committed entry \(committed), and entry \(expected) was its next"
        case .beganAhead(let after, let committed, let node):
            "\(node) began after entry \(after), and only \(committed) were committed"
        case .acknowledgedTooEarly(let index, let claim):
            "entry \(index) was acknowledged before any node had committed it: \(claim)"
        case .acknowledgedAnother(let index, let acknowledged, let committed):
            "entry \(index) was acknowledged as \(acknowledged), and is \(committed)"
        case .lost(let index, let acknowledged, let reached):
            "entry \(index) was acknowledged as \(acknowledged), and the live logs end at \(reached)"
        }
    }
}
