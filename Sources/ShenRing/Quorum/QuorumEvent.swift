public import StateMachines

/// What the application on a node asks of it. Tokens are the application's own, and come back in
/// events.
public enum QuorumRequest: Hashable, Sendable {
    /// Has bytes put into the log, by a leader.
    case propose([UInt8], token: UInt64)
    /// Has the node say from when on what it applied answers reads that came before this.
    case read(token: UInt64)
    /// Has a leader hand over to this voter, or to the one that is furthest ahead.
    case transfer(to: NodeID?)
    /// Has a leader lead the cluster to this membership.
    case change(to: QuorumMembership, token: UInt64)
    /// Has the log up to `through`, all of which the application has been told, replaced by a
    /// snapshot in which these bytes stand for its opaque entries.
    case compact(through: UInt64, application: [UInt8])
}

/// Why a request of the application was not taken.
public enum QuorumRefusal: Hashable, Sendable {
    /// The node does not lead; that one may.
    case notLeading(NodeID?)
    /// Too much is under way.
    case overloaded
    /// Leadership is being handed over.
    case transferring
    /// Another change of membership is under way, or the leader has not committed in its term yet.
    case changing
    /// This learner is too far behind to vote.
    case behind(QuorumMember)
    /// The node that is to lead does not vote.
    case notAVoter(NodeID?)
    /// The log is applied up to here, not up to what was said.
    case notApplied(UInt64)
}

/// What a node does in its cluster.
public enum QuorumRole: Hashable, Sendable {
    /// Follows a leader, or waits for one.
    case follower
    /// Asks whether it would be elected.
    case preCandidate
    /// Asks for votes.
    case candidate
    /// Decides what the log says.
    case leader
}

/// What a node tells its application.
public enum QuorumEvent: Hashable, Sendable {
    /// The entry at this place is committed, and was applied; told in order. A node that restarts
    /// tells again what came after its last snapshot.
    case committed(index: UInt64, QuorumEntry)
    /// A snapshot took the place of all up to its index, which is not told entry by entry.
    case installed(QuorumSnapshot)
    /// The node's role, term or leader is another one.
    case role(QuorumRole, term: UInt64, leader: NodeID?)
    /// This membership stands in the log, at this place, and is in force; it may still be taken
    /// back.
    case membership(QuorumMembership, index: UInt64)
    /// The log was compacted up to here.
    case compacted(through: UInt64)
    /// The proposal stands in the leader's log; that it is committed is told by `committed` with
    /// this term at this place, and that it is not by another term there.
    case proposed(token: UInt64, index: UInt64, term: UInt64)
    /// What was applied answers reads that came before the one with this token was asked for.
    case readable(token: UInt64, index: UInt64)
    /// A request with a token was not taken, and has not changed anything.
    case refused(token: UInt64, QuorumRefusal)
    /// A request without a token was not taken.
    case ignored(QuorumRefusal)
    /// A transfer of leadership ended: by a later term, or by running out of time.
    case transferEnded(isDone: Bool)
}
