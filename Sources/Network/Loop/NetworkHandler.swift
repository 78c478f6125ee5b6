/// What happens on the connections of an event loop is told to one of these, one call at a time, on
/// the loop's thread, within its turn.
///
/// The loop is handed along: a handler may connect, send, pause and close in any call. What it
/// sends leaves with the next turn, all that a turn said to one peer in one send. Spans of bytes
/// are valid during the call alone; the compiler sees to that.
///
/// Every connection that was `accepted`, and every one that was asked for by `connect`, ends with
/// one `closed`; no call about it follows.
public protocol NetworkHandler: ~Copyable {
    /// Somebody has connected to a listener.
    mutating func accepted(
        _ connection: ConnectionID, by listener: ListenerID, on loop: inout EventLoop)

    /// Somebody who had connected to a listener has not proved who he is, so that there is no
    /// connection.
    mutating func turnedAway(
        _ reason: ClosureReason, by listener: ListenerID, on loop: inout EventLoop)

    /// A connection that was asked for is there.
    mutating func connected(_ connection: ConnectionID, on loop: inout EventLoop)

    /// A frame has come.
    mutating func received(
        _ frame: FrameHeader, _ payload: Bytes, from connection: ConnectionID,
        on loop: inout EventLoop)

    /// Bytes have come on a connection whose content is bytes.
    mutating func received(
        _ bytes: Bytes, from connection: ConnectionID, on loop: inout EventLoop)

    /// A datagram has come. Of one that was longer than the socket takes, `isWhole` is false, and
    /// the rest is lost.
    mutating func received(
        datagram: Bytes, isWhole: Bool, from sender: Address, at socket: DatagramSocketID,
        on loop: inout EventLoop)

    /// A connection that was full has room again, for half of what it may hold.
    mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop)

    /// A connection has ended; its name is of no more use.
    mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop)

    /// A timer that was set for this number is due.
    mutating func timer(_ number: UInt64, on loop: inout EventLoop)

    /// A watched descriptor has something to read.
    mutating func ready(_ watch: WatchID, on loop: inout EventLoop)

    /// All that had happened was told; what was said in this turn leaves next. Called once a turn.
    mutating func turnEnded(on loop: inout EventLoop)

    /// Whether the handler has something to do that is no event of the loop's, such as a message in
    /// an inbox that other threads fill. Asked before the loop sleeps and after it said so to its
    /// wakers, so that nothing that was put in before they ring is overlooked.
    var hasWork: Bool { get }
}

extension NetworkHandler where Self: ~Copyable {
    /// Does nothing.
    public mutating func accepted(
        _ connection: ConnectionID, by listener: ListenerID, on loop: inout EventLoop
    ) {}
    /// Does nothing.
    public mutating func turnedAway(
        _ reason: ClosureReason, by listener: ListenerID, on loop: inout EventLoop
    ) {}
    /// Does nothing.
    public mutating func connected(_ connection: ConnectionID, on loop: inout EventLoop) {}
    /// Does nothing.
    public mutating func received(
        _ frame: FrameHeader, _ payload: Bytes, from connection: ConnectionID,
        on loop: inout EventLoop
    ) {}
    /// Does nothing.
    public mutating func received(
        _ bytes: Bytes, from connection: ConnectionID, on loop: inout EventLoop
    ) {}
    /// Does nothing.
    public mutating func received(
        datagram: Bytes, isWhole: Bool, from sender: Address, at socket: DatagramSocketID,
        on loop: inout EventLoop
    ) {}
    /// Does nothing.
    public mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop) {}
    /// Does nothing.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
    ) {}
    /// Does nothing.
    public mutating func timer(_ number: UInt64, on loop: inout EventLoop) {}
    /// Does nothing.
    public mutating func ready(_ watch: WatchID, on loop: inout EventLoop) {}
    /// Does nothing.
    public mutating func turnEnded(on loop: inout EventLoop) {}
    /// No: there is nothing beside the loop's own events.
    public var hasWork: Bool { false }
}
