/// A connection of an event loop, by its place there and the place's use: the name of one that has
/// ended is never that of another.
public struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    let slot: UInt32
    let generation: UInt32

    /// The place and its use.
    public var description: String { "c\(slot).\(generation)" }
}

/// A place at which an event loop listens.
public struct ListenerID: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32
}

/// A descriptor that an event loop watches.
public struct WatchID: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32
}
