/// Messages that a node did not act on, counted by why. None of them traps or changes anything.
public struct IgnoredMessages: Hashable, Sendable {
    /// Of another cluster.
    public internal(set) var otherCluster = 0
    /// Of a version that this program does not read.
    public internal(set) var otherVersion = 0
    /// To another incarnation of this node.
    public internal(set) var otherIncarnation = 0
    /// Answers from a node that is no member here.
    public internal(set) var unknownSender = 0
    /// Of an earlier term.
    public internal(set) var staleTerm = 0
    /// Requests for votes while a leader is heard.
    public internal(set) var disruptive = 0
    /// Answers to what was not asked, or was asked in another role.
    public internal(set) var unexpected = 0
    /// What no correct node sends: broken snapshots, a second leader in a term, entries that
    /// contradict what is committed.
    public internal(set) var impossible = 0

    /// All of them.
    public var total: Int {
        otherCluster + otherVersion + otherIncarnation + unknownSender + staleTerm + disruptive
            + unexpected + impossible
    }
}
