import StateMachines
import Storage

/// Sockets of somebody else's, on threads of their own, which a loop gives orders and hears events
/// from.
///
/// The loop and the carrier share nothing but what they say to each other. A connection is known by
/// the loop's name for it from the loop's first order on; of an order for one that has ended nothing
/// comes. Of each connection that was ordered or admitted, `gone` is the last event.
///
/// What is on its way is bounded: bytes received that the loop has not taken by
/// ``CarrierLimits/received`` and what one more look at the socket brings, bytes to send by
/// ``CarrierLimits/sending``.
package protocol SocketCarrier: AnyObject, Sendable {
    /// Accepts connections at a socket that listens, which is the carrier's from here on, and closed
    /// where this throws.
    func listen(at descriptor: Int32, as listener: ListenerID) throws(ErrorNumber)

    /// Listens there no more, and says so when the socket is closed.
    func stopListening(_ listener: ListenerID)

    /// Does these in order, soon.
    func submit(_ orders: [CarrierOrder])

    /// Ends all connections and the carrier's threads, after what was ordered.
    func end()
}

/// What may be on its way between a loop and a carrier: bytes of one connection, and connections.
package enum CarrierLimits {
    /// Bytes received and not taken, from which on nothing more is read.
    package static var received: Int { 1 << 17 }
    /// Bytes that the loop takes before it says so.
    package static var taken: Int { 1 << 16 }
    /// Bytes that were ordered to be sent and have not left, at most: enough that the carrier's thread has
    /// some to send while it is told of more.
    package static var sending: Int { 1 << 20 }
    /// Bytes of one order to send: as many as leave before the loop hears of progress.
    package static var sendingPiece: Int { 1 << 17 }
    /// Connections that were accepted and that the loop has not heard of, from which on nobody more
    /// is accepted, but for those of one look at the socket.
    package static var newcomers: Int { 256 }
}

/// A connection that was accepted and has no name of the loop's yet.
package struct Newcomer: Hashable, Sendable {
    package let number: UInt64

    package init(number: UInt64) { self.number = number }
}

/// What a loop has a carrier do.
package enum CarrierOrder: Sendable {
    /// Connect. How long it may take is for the loop to watch; the carrier gives up after `patience`
    /// all the same.
    case connect(ConnectionID, Address, patience: Span)
    /// Go on with a connection that was accepted, under this name.
    case admit(Newcomer, ConnectionID)
    /// End a connection that was accepted, at once.
    case turnAway(Newcomer)
    /// Read from now on.
    case read(ConnectionID)
    /// Read no more.
    case rest(ConnectionID)
    /// So many bytes were taken of those received.
    case took(ConnectionID, Int)
    /// Send, behind what was ordered to be sent before.
    case send(ConnectionID, [UInt8])
    /// End: with a last word where it is orderly, at once where it is not.
    case close(ConnectionID, isOrderly: Bool)
}

/// What a carrier tells a loop.
package enum CarrierEvent: Sendable {
    /// Somebody has connected to a listener.
    case accepted(Newcomer, ListenerID)
    /// A connection can be used: it is there, and where the transport proves peers this one has.
    case begun(ConnectionID, Address?, PeerIdentity?)
    /// Bytes have come.
    case received(ConnectionID, [UInt8])
    /// So many bytes of what was ordered to be sent have left.
    case sent(ConnectionID, Int)
    /// The peer has said all.
    case endOfStream(ConnectionID)
    /// A connection is of no more use.
    case failed(ConnectionID, ClosureReason)
    /// There is nothing left of a connection.
    case gone(ConnectionID)
    /// Nobody could be accepted, for want of descriptors or memory.
    case acceptFailed
}
