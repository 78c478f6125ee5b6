/// What a node makes durable, in this order; together they are its log and what it has promised.
public enum QuorumRecord: Hashable, Sendable {
    /// The first record of every disk: which one it is, and the membership that it begins with: the
    /// founders', or nobody's for a node that waits to be let in.
    case born(incarnation: UInt32, QuorumMembership)
    /// The current term, and whom the node voted for in it.
    case promise(term: UInt64, vote: QuorumMember?)
    /// Entries from a place on, which is the one after the last.
    case append(first: UInt64, [QuorumEntry])
    /// The entries from this place on are gone: another leader's take their place.
    case truncate(from: UInt64)
    /// Stands for all entries up to its index; those after it remain where the log has its last
    /// one.
    case snapshot(QuorumSnapshot)
}
