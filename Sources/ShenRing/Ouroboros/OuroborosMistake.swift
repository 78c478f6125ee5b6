/// Defects that can be planted in chain replication, to show that its checks would find them.
///
/// They act only in builds with `PLANTED_DEFECTS`; elsewhere `ChainSettings.has` is constantly false.
/// Names in brackets are the rows of the claims, or the traps of the specification, that a defect stands
/// for.
public enum OuroborosMistake: String, CaseIterable, Sendable {
    /// The head answers a write as soon as it has it itself (trap: a chain that acknowledges before the
    /// tail has it; OURO-RECONFIG).
    case answersBeforeTail
    /// A member answers reads without a lease, so that one that was removed goes on (trap: a read at a
    /// tail that has been cut off; OURO-LINEARIZABLE, FLAG-RISK).
    case readsWithoutLease
    /// The joiner answers reads while it catches up (OURO-CATCHUP).
    case joinerServesEarly
    /// After a reconfiguration a node sends its new successor only what is new, not what was in flight
    /// (OURO-RECONFIG: the published handler has no in-flight resend).
    case inFlightNotResent
    /// Messages along the chain are taken whatever epoch they are of (OURO-RECONFIG).
    case epochUnchecked
    /// A member that misses its neighbour shortens the chain by itself (OURO-RECONFIG: no configuration
    /// master; OURO-MAJORITY-CONTINUES).
    case epochGuessed
    /// Who asked what is not remembered, so that a retry after a fail-over is applied again.
    case retryAppliedAgain
    /// A member that was asked for a dirty key answers with the dirty version (OURO-COMMITTED-READS).
    case dirtyVersionRead
    /// A member that was asked for a dirty key answers with the version that it knows to be committed,
    /// without asking the tail for a later one (OURO-LINEARIZABLE).
    case cleanVersionTooOld
    /// A node counts an entry as durable when it has handed it to its disk.
    case durableBeforeSynced
    /// A node takes entries from its predecessor without looking whether they follow on what it has.
    case gapAccepted
    /// A node takes what it has forwarded off its in-flight list at once, as if it were acknowledged.
    case trimmedBeforeAcknowledged
    /// Leases are measured by each clock as if all ran alike.
    case leaseIgnoresDrift
    /// A warden takes a configuration as decided that it alone has accepted.
    case decidedWithoutMajority
    /// A node that comes back keeps what it had beyond the log of its predecessor (OURO-CATCHUP).
    case divergentTailKept
    /// A head that restarted goes on in the epoch of its earlier life, and numbers other entries as it
    /// numbered those that its crash took.
    case restartedHeadGoesOn
    /// The tail says that the joiner is in sync, and goes on committing without it.
    case joinerNotWaitedFor
    /// A warden that restarted accepts a configuration at once, though leases of its earlier life hold.
    case wardenForgetsLeases
    /// A read is looked at before what came with it in the same turn has been settled, so that a tail that
    /// took up with its predecessor answers without what an earlier tail had committed.
    case readsUnsettled
}
