/// Mistakes that implementations of gossip make, planted to show that the checks find them. They can be
/// made in builds with `PLANTED_DEFECTS` alone: elsewhere no settings hold one.
public enum SundialMistake: String, CaseIterable, Hashable, Sendable {
    /// An old message that says that a dead node is alive brings it back.
    case oldGossipResurrects
    /// A node that restarts with its disk begins again with its first incarnation.
    case restartForgetsIncarnation
    /// A node that restarted without a disk does not raise its incarnation when it hears of its
    /// former life, and is ignored from then on.
    case restartStaysBelowFormerLife
    /// A node uses an incarnation before it is durable, and uses it again after a crash.
    case announcesBeforeDurable
    /// A suspected node does not object.
    case neverRefutes
    /// A node that does not answer a probe is dead at once.
    case deathWithoutSuspicion
    /// A dead node is forgotten while others still take it to be alive.
    case forgetsTombstonesEarly
    /// Tombstones carry the sender's reading of its own clock instead of an age.
    case copiesRemoteClock
    /// A merge keeps the lower of two heartbeats.
    case lowerHeartbeatWins
    /// News of a member's being alive ends a suspicion of the same incarnation.
    case aliveEndsSuspicion
    /// A heartbeat or suspicion that was heard before begins its timeout anew.
    case relayRestartsTimeout
    /// Nobody talks to the dead: sides of a partition never find together again.
    case deadAreNeverContacted
    /// Members are probed by a random choice each time, which leaves some waiting for long.
    case probesWithReplacement
    /// A node that leaves falls silent only, and is taken for dead.
    case leaveIsSilent
    /// A node that left is not taken in again.
    case rejoinIgnored
    /// A node that was away too long brings back what it knew then.
    case bringsBackStaleTable
}
