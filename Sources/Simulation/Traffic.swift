/// The messages of a node, counted.
///
/// Over all nodes, sent and duplicated ones are those received, dropped and still under way together. A
/// message to itself counts like any other.
public struct Traffic: Hashable, Sendable {
    /// A number of messages, and their bytes together.
    public struct Count: Hashable, Sendable {
        /// How many messages.
        public var messages = 0
        /// How many bytes they have together.
        public var bytes = 0

        /// So many messages of so many bytes.
        public init(messages: Int = 0, bytes: Int = 0) {
            self.messages = messages
            self.bytes = bytes
        }

        @inlinable
        mutating func add(_ size: Int) {
            messages += 1
            bytes += size
        }

        /// The sum of both.
        public static func + (left: Count, right: Count) -> Count {
            Count(messages: left.messages + right.messages, bytes: left.bytes + right.bytes)
        }
    }

    /// Why a message did not arrive.
    public enum Drop: Int, CaseIterable, Hashable, Sendable {
        /// The network lost it.
        case lost
        /// A partition or a block stood in its way.
        case cut
        /// The link's backlog was full.
        case congested
        /// Its receiver was down, or crashed before it came to it.
        case down
        /// Its receiver's queue was full.
        case overflowed
        /// No node has the receiver's number.
        case unknownReceiver
        /// The harness had it dropped.
        case intercepted
    }

    /// What the node's machine sent.
    public internal(set) var sent = Count()
    /// Second copies of what it sent.
    public internal(set) var duplicated = Count()
    /// What was handed to its machine.
    public internal(set) var received = Count()
    var drops = [Count](repeating: Count(), count: Drop.allCases.count)

    /// Messages that did not arrive: of those that it sent for the causes on the way, of those to it for
    /// `down` and `overflowed`.
    public func dropped(_ cause: Drop) -> Count { drops[cause.rawValue] }

    mutating func drop(_ cause: Drop, _ size: Int) { drops[cause.rawValue].add(size) }

    /// Messages that did not arrive, whatever the cause.
    public var dropped: Count { drops.reduce(Count(), +) }
}
