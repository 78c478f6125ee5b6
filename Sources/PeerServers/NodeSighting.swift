/// What a member of a gossiping cluster holds another one for, from some moment on.
public struct NodeSighting: Hashable, Sendable {
    /// Whom.
    public let node: Int
    /// `alive`, `suspect`, `dead`, `left` or `unknown`.
    public let status: String
    /// Since when, in nanoseconds of the machine's monotonic clock, which all its processes read.
    public let since: Int64

    /// A member that is held for something.
    public init(node: Int, status: String, since: Int64) {
        self.node = node
        self.status = status
        self.since = since
    }

    /// The line that a member prints: `sees`, and these.
    public var line: String { "sees \(node) \(status) \(since)\n" }

    /// What the words of such a line say; nil where they say something else.
    init?(words: [Substring]) {
        guard words.count == 4, words[0] == "sees", let node = Int(words[1]),
            let since = Int64(words[3])
        else { return nil }
        self.init(node: node, status: String(words[2]), since: since)
    }
}
