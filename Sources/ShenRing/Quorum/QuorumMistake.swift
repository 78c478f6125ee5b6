/// Mistakes that a node can be made to make, to show that the simulation finds them: those that
/// implementations of Raft were published with, or that its papers warn of.
///
/// A node makes one only where the package is built with `PLANTED_DEFECTS`.
public enum QuorumMistake: String, CaseIterable, Hashable, Sendable {
    /// An entry of an earlier term is committed because a majority has it (Raft §5.4.2, figure 8).
    case commitsEarlierTerms
    /// Term and vote are not written to the disk: after a restart the node votes a second time in a
    /// term.
    case forgetsVote
    /// A follower acknowledges entries when it has them, not when its disk has.
    case acknowledgesBeforeStored
    /// A leader counts itself for entries that its disk does not have yet.
    case countsItselfBeforeStored
    /// A leader answers reads without asking anybody whether it leads.
    case readsWithoutQuorum
    /// A leader reads before it has committed an entry of its term, when it does not know yet what
    /// is committed (thesis §6.4).
    case readsBeforeTermCommit
    /// A follower answers reads at the index that it was given before it has applied so far.
    case readsBeforeApplied
    /// The lease is longer than followers keep their promise.
    case leasesTooLong
    /// The lease goes on after leadership was handed over.
    case keepsLeaseInTransfer
    /// A restarted node votes at once, though it promised a leader not to.
    case forgetsPromise
    /// A follower drops what follows the entries that it gets, though it does not contradict them
    /// (the paper's figure 2, rule 3, is about conflicts only): a late message takes back what was
    /// acknowledged.
    case truncatesAlways
    /// A follower takes entries without looking at what precedes them (Raft §5.3).
    case skipsMatching
    /// A follower holds entries for committed that it has, but not from this leader (figure 2, rule
    /// 5).
    case commitsUnmatched
    /// A vote is given to a candidate whose log is behind (Raft §5.4.1).
    case votesForOutdated
    /// A pre-vote counts as a vote.
    case countsPreVotes
    /// Voters are changed at once, several at a time, without the joint membership between (Raft
    /// §6).
    case changesWithoutJoint
    /// Learners count for the majority.
    case countsLearners
    /// A node that lost its disk comes back as the member that it was.
    case rejoinsAsVoter
    /// Snapshots leave out what became of the clients' requests: one that is sent again is done
    /// again.
    case snapshotsWithoutSessions
    /// A snapshot is installed whatever the node has applied since: a late one takes it back.
    case installsOldSnapshots
}
