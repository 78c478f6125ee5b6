import Channels

/// What lies in an inbox.
@frozen @usableFromInline
enum Envelope<Message: Sendable, Response: Sendable>: Sendable {
    /// A message that nobody waits for.
    case message(Message)
    /// A message whose sender waits for the response.
    case request(Message, ReplyCell<Response>)
    /// Nothing but the wish that the worker look at its control word.
    case nudge

    @inlinable
    var message: Message {
        switch self {
        case .message(let message), .request(let message, _): message
        case .nudge: preconditionFailure("a nudge has no message")
        }
    }
}

/// The sending end of an inbox, for each strategy by which its worker may wait: any thread may send
/// through it.
///
/// An enumeration of specialised channels where a generic parameter would make the strategy part
/// of the pool's type, and an existential would cost a call. The branch goes the same way each
/// time.
@frozen @usableFromInline
enum Inlet<Message: Sendable, Response: Sendable>: ~Copyable, Sendable {
    @usableFromInline typealias Element = Envelope<Message, Response>

    case spin(MPSCChannel<Element, BusySpin>.Producer)
    case yield(MPSCChannel<Element, SpinThenYield>.Producer)
    case park(MPSCChannel<Element, SpinThenPark>.Producer)
    case adapt(MPSCChannel<Element, AdaptiveWait>.Producer)

    /// Sends if there is room.
    @inlinable @inline(__always)
    borrowing func trySend(_ envelope: consuming Element) -> SendAttempt<Element> {
        switch self {
        case .spin(let producer): producer.trySend(envelope)
        case .yield(let producer): producer.trySend(envelope)
        case .park(let producer): producer.trySend(envelope)
        case .adapt(let producer): producer.trySend(envelope)
        }
    }

    /// Sends, and waits for room for a while.
    @usableFromInline
    borrowing func send(
        _ envelope: consuming Element, timeout: Duration
    ) -> SendAttempt<Element> {
        switch self {
        case .spin(let producer): producer.send(envelope, timeout: timeout)
        case .yield(let producer): producer.send(envelope, timeout: timeout)
        case .park(let producer): producer.send(envelope, timeout: timeout)
        case .adapt(let producer): producer.send(envelope, timeout: timeout)
        }
    }

    /// Messages in the inbox, at most so many.
    var count: Int {
        switch self {
        case .spin(let producer): producer.count
        case .yield(let producer): producer.count
        case .park(let producer): producer.count
        case .adapt(let producer): producer.count
        }
    }

    /// Another end like this.
    @usableFromInline
    borrowing func clone() -> Inlet {
        switch self {
        case .spin(let producer): .spin(producer.clone())
        case .yield(let producer): .yield(producer.clone())
        case .park(let producer): .park(producer.clone())
        case .adapt(let producer): .adapt(producer.clone())
        }
    }
}

/// The sending end of an inbox at which its worker waits in this way.
@usableFromInline
typealias InboxEnd<Message: Sendable, Response: Sendable, Wait: WaitStrategy> =
    MPSCChannel<Envelope<Message, Response>, Wait>.Producer

/// A wait strategy of which an `Inlet` has a case.
@usableFromInline
protocol InboxWait: WaitStrategy {
    static func inlet<M, R>(_ end: consuming InboxEnd<M, R, Self>) -> Inlet<M, R>
}

extension BusySpin: InboxWait {
    @usableFromInline
    static func inlet<M, R>(_ end: consuming InboxEnd<M, R, BusySpin>) -> Inlet<M, R> { .spin(end) }
}

extension SpinThenYield: InboxWait {
    @usableFromInline
    static func inlet<M, R>(_ end: consuming InboxEnd<M, R, SpinThenYield>) -> Inlet<M, R> {
        .yield(end)
    }
}

extension SpinThenPark: InboxWait {
    @usableFromInline
    static func inlet<M, R>(_ end: consuming InboxEnd<M, R, SpinThenPark>) -> Inlet<M, R> {
        .park(end)
    }
}

extension AdaptiveWait: InboxWait {
    @usableFromInline
    static func inlet<M, R>(_ end: consuming InboxEnd<M, R, AdaptiveWait>) -> Inlet<M, R> {
        .adapt(end)
    }
}
