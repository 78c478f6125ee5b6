/// Mistakes that storage engines have been known to make, by name: each is planted into the file
/// operations under a subject, and a crash test that does not find it is no test.
package enum PlantedDefect: String, CaseIterable, Sendable {
    /// Neither creating nor renaming a file syncs its directory.
    case directoryNeverSynced
    /// A sync counts as done before it was made.
    case acknowledgedBeforeSync
    /// The sync that is tied to a write is made before the write.
    case syncedBeforeWritten
    /// The error of a sync is not looked at.
    case failedSyncIgnored
    /// A failed sync is made again, and the success of the second is believed.
    case failedSyncRetried
    /// What a failed sync left in the page cache alone counts as what the device has.
    case cacheBelievedAfterFailedSync
    /// A short write counts as a whole one.
    case shortWriteTakenForWhole
    /// A write that a signal interrupted counts as done.
    case interruptionTakenForSuccess
    /// A write for which there was no room counts as done.
    case fullDiskIgnored
    /// A file is replaced by removing it and giving its name to another.
    case replacedInTwoSteps
    /// A read that failed counts as the file's end.
    case readErrorTakenForEnd
    /// Whoever is refused the lock goes on without it.
    case lockIgnored
    /// What a file shows already is not written again, so that a sync has nothing to do for it.
    case shownTakenForWritten
    /// What is about to take the place of something else is not synced before: only while a
    /// `DefectWindow` is open.
    case replacedBeforeSync
}

/// When a planted defect takes effect that is one at certain moments alone. One thread at a time.
package final class DefectWindow {
    /// Whether it does now.
    package var isOpen = false

    /// A window that is shut.
    package init() {}
}
