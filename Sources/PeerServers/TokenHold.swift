/// When a member of a token ring had the right: in nanoseconds of the machine's monotonic clock, which all
/// its processes read.
public struct TokenHold: Hashable, Sendable {
    /// The token's epoch.
    public let epoch: UInt64
    /// Counts the grants of the epoch.
    public let grant: UInt64
    /// When the right was asked for.
    public let asked: Int64
    /// From when it was known to be had.
    public let begin: Int64
    /// Until when it was had for certain.
    public let end: Int64

    /// A grant, from its asking to its end.
    public init(epoch: UInt64, grant: UInt64, asked: Int64, begin: Int64, end: Int64) {
        self.epoch = epoch
        self.grant = grant
        self.asked = asked
        self.begin = begin
        self.end = end
    }

    /// The line that a member prints: `held`, and the numbers.
    public var line: String { "held \(epoch) \(grant) \(asked) \(begin) \(end)\n" }

    /// What the words of such a line say; nil where they say something else.
    init?(words: [Substring]) {
        guard words.count == 6, words[0] == "held", let epoch = UInt64(words[1]),
            let grant = UInt64(words[2]), let asked = Int64(words[3]),
            let begin = Int64(words[4]), let end = Int64(words[5])
        else { return nil }
        self.init(epoch: epoch, grant: grant, asked: asked, begin: begin, end: end)
    }
}

extension [TokenHold] {
    /// The first two that should not be, one after the other by their numbers: of the same number, or of
    /// which the later one began before the earlier one had ended. O(n log n).
    public var overlap: (earlier: TokenHold, later: TokenHold)? {
        let ordered = sorted { ($0.epoch, $0.grant) < ($1.epoch, $1.grant) }
        for (earlier, later) in zip(ordered, ordered.dropFirst()) {
            let isSame = (earlier.epoch, earlier.grant) == (later.epoch, later.grant)
            if isSame || later.begin < earlier.end { return (earlier, later) }
        }
        return nil
    }
}
