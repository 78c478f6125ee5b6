import Quantities

/// When an append to a shared file counts as done.
public enum Durability: Hashable, Sendable, CustomStringConvertible {
    /// When the bytes are in the page cache: they survive the process, but not the machine.
    case none
    /// When the bytes are durable, by a sync that all appends of a group share.
    ///
    /// A group gathers while the group before it is being synced. When its turn comes it is held
    /// back for at most `maxDelay`, and only while fewer appends have come than there were callers
    /// at once around the last group: a lone caller never waits for company. (The kernel's timers
    /// are late by up to 50 µs.) With a `maxDelay` of nil it is held back for no longer than a sync
    /// takes here, which serves callers that come back as soon as they are served; with zero no
    /// group is held back.
    case group(maxDelay: Nanoseconds?)
    /// When the bytes are durable, by a sync of their own.
    case each

    /// The name, with the delay of a group.
    public var description: String {
        switch self {
        case .none: "none"
        case .group(let maxDelay): "group(\(maxDelay?.description ?? "as long as a sync takes"))"
        case .each: "each"
        }
    }
}
