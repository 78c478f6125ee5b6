/// When a node's machine is told that its records are stored.
public enum JournalDurability: String, Hashable, Sendable, CaseIterable {
    /// When they were written to the page cache: they survive the process, but not the machine.
    case none
    /// When they are on the device, by a sync for all that came while the one before it ran.
    case group
    /// When they are on the device, by a sync for each of them.
    case each
}
