/// Mistakes that a token ring can be made to make, to show that the simulation finds them: those of the
/// published design, and those that such protocols are usually written with.
///
/// They act only in builds with `PLANTED_DEFECTS`; elsewhere `Cartouche.Settings.has` is constantly false.
public enum CartoucheMistake: String, CaseIterable, Hashable, Sendable {
    /// A lost token is made anew with the epoch that it had.
    case regeneratesSameEpoch
    /// Whoever misses the token makes a new one, without asking anybody: each side of a partition has its
    /// own, as in the published design.
    case regeneratesAlone
    /// The vote is answered, but not on the disk: after a restart it is given again.
    case forgetsVote
    /// The first token of an epoch is taken and acknowledged before the promise of the epoch is durable:
    /// after a crash a late copy is taken once more.
    case takesBeforeStored
    /// A restarted node votes at once, though it promised a lease just before.
    case forgetsLease
    /// A member votes for a higher epoch while its lease for the current one runs: the time after which a
    /// token counts as lost is shorter than a right.
    case votesDuringLease
    /// A lease counts from the answer instead of from the question, so that a pause between them, or a slow
    /// message, makes it longer than the voters meant.
    case leasesFromAnswer
    /// The lease that comes with a token counts from its arrival, as if it had not been under way.
    case leasesFromArrival
    /// A grant is given for the full time, whatever is left of the lease: after a pause too.
    case grantsBeyondLease
    /// The sequence of a token is not looked at: a late copy is a token.
    case takesStaleTokens
    /// A holder that hears nothing of the token that it passed takes it back.
    case takesUnansweredBack
    /// A node that restarted takes tokens of the epoch in which it may have had one before.
    case takesOldEpochAfterRestart
    /// Fencing numbers begin anew with each epoch.
    case restartsFencingNumbers
    /// The resource takes writes with older numbers.
    case resourceTakesOlderNumbers
    /// Votes count by the ring that the candidate knows, though voters know a newer one: removed members
    /// still decide.
    case countsRemovedMembers
    /// A node that lost its disk comes back as the member that it was.
    case rejoinsAsVoter
    /// The holder changes the ring without asking: others still take the votes of the ring as it was.
    case changesWithoutAgreement
    /// Wants of the member with the highest number are not entered in the token: it starves.
    case dropsWants
    /// A pass does not raise the sequence, so that the receiver takes it for a copy of what it had.
    case passesWithoutSequence
    /// A node that has the token and does not want it keeps it.
    case neverForwards
}
