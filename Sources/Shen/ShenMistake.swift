/// Mistakes that logs have been known to make, by name. The tests plant each and must find it; without
/// `PLANTED_DEFECTS` nothing can.
package enum ShenMistake: String, CaseIterable, Sendable {
    /// An append counts as durable before the sync has returned.
    case acknowledgedBeforeSync
    /// A new segment is named before its header is on the device.
    case headerNotSynced
    /// A new segment's name is not made durable before the manifest refers to it.
    case directoryNeverSynced
    /// What is behind the last sync is taken for records without a look at the checksums.
    case tornTailAccepted
    /// Opening cuts off at whatever is no record, without a look at what is behind it.
    case damageCutOff
    /// What opening finds is synced but not written again, so that what a failed sync has lost shows as
    /// long as the page cache holds it.
    case cacheBelieved
    /// A segment's checksums do not depend on a salt of its own: what a block still holds of another
    /// segment passes for a record.
    case staleBlockTaken
    /// A write for which there was no room leaves its torn frame where the next one is written behind.
    case tornAppendKept
    /// What a write without room has left is cut off, and the cut not synced: batches that were refused may
    /// come back.
    case refusedAppendReturns
    /// A failed sync is forgotten, and the next one's success believed.
    case failedSyncForgotten
    /// Retention removes the newest segment with the others.
    case newestSegmentRetired
    /// Retention removes files before it is durable that the log does without them.
    case retiredBeforeManifest
    /// What a checkpoint stands for is removed before the checkpoint is durable.
    case supersededDroppedEarly
    /// After a truncation the same segment grows on, its manifest unchanged: what was cut off may come
    /// back behind what is appended.
    case truncationNotDurable
    /// An index is taken as it is, whichever segment it was written for.
    case indexTrusted
    /// A batch that a producer sends again is stored again.
    case duplicateStoredTwice
    /// A batch that a producer sends again is answered from memory, before the first one is durable.
    case duplicateAnsweredEarly
    /// Opening forgets what producers had sent.
    case producersForgotten
    /// A batch is taken whether or not the ones before it were.
    case gapAccepted
    /// A producer's earlier life is still heard.
    case fencedProducerHeard
}
