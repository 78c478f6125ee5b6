import Channels
import Counters

/// An end that sends where there is room.
protocol TryingSender: ~Copyable, SendableMetatype {
    associatedtype Message: RingMessage
    mutating func trySend(_ element: consuming Message) -> SendAttempt<Message>
}

/// An end that receives what is there.
protocol TryingReceiver: ~Copyable, SendableMetatype {
    associatedtype Message: RingMessage
    mutating func tryReceive() -> Message?
}

/// What the loops need of an end that sends: the operations of every kind of channel.
protocol SendingEnd: TryingSender, ~Copyable {
    mutating func send(_ element: consuming Message) throws(ChannelClosed<Message>)
    mutating func sendBatch(_ elements: Span<Message>) throws(BatchClosed)
}

extension SendingEnd where Self: ~Copyable {
    /// Sends, and waits as the channel's strategy says. The partner never closes within a window.
    @inline(__always)
    mutating func push(_ message: Message) {
        do {
            try send(message)
        } catch {
            closedWithinWindow()
        }
    }

    /// As `push`, for all of them.
    @inline(__always)
    mutating func push(batch: Span<Message>) {
        do {
            try sendBatch(batch)
        } catch {
            closedWithinWindow()
        }
    }
}

/// What the loops need of an end that receives: the operations of every kind of channel.
protocol ReceivingEnd: TryingReceiver, ~Copyable {
    mutating func receive() -> Message?
    mutating func receiveBatch(into output: inout OutputSpan<Message>) -> Int
}

extension ReceivingEnd where Self: ~Copyable {
    /// Receives, and waits as the channel's strategy says. The partner never closes within a window:
    /// if it did, a message that carries 0 would be found to differ.
    @inline(__always)
    mutating func pop() -> Message { receive() ?? Message() }
}

/// An end that a loop takes while it runs and puts back after it, so that its position lives in
/// registers meanwhile.
///
/// @unchecked Sendable: an end is one thread's within a window, as `RingPair` says; the hand-over
/// of each window orders it with what comes before and after.
final class HeldEnd<End: ~Copyable>: @unchecked Sendable {
    private var end: End?

    init(_ end: consuming End) { self.end = .some(end) }

    @inline(__always)
    func take() -> End {
        guard let taken = end.take() else { preconditionFailure("the end is in use") }
        return taken
    }

    @inline(__always)
    func putBack(_ end: consuming End) { self.end = .some(end) }

    /// Lets the end go.
    func drop() { end = nil }
}

/// All ends of one channel.
struct RingEnds<Sender: SendingEnd & ~Copyable, Receiver: ReceivingEnd & ~Copyable>: Sendable
where Sender.Message == Receiver.Message {
    let senders: [HeldEnd<Sender>]
    let receivers: [HeldEnd<Receiver>]
    /// The channel's published statistics, for as long as somebody holds them.
    let published: [PublishedCounters.Source]
}

/// What a loop says when the channel was closed under it.
@inline(never)
func closedWithinWindow() -> Never {
    preconditionFailure("the channel was closed within a window")
}
