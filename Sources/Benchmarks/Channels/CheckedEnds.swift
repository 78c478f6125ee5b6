import Channels

/// What `channel.conformance` needs of an end that sends, beside what the loops need.
protocol CheckedSender: SendingEnd, ~Copyable {
    /// Sends within a time; `nil` where there is no such operation, since there is always room.
    mutating func send(
        _ element: Message, within timeout: Duration
    ) -> SendAttempt<Message>?
    /// How many elements were sent and received, by the channel's own count.
    var counted: (sent: UInt64, received: UInt64) { get }
}

/// What `channel.conformance` needs of an end that receives, beside what the loops need.
protocol CheckedReceiver: ReceivingEnd, ~Copyable {
    mutating func receive(timeout: Duration) -> ReceiveAttempt<Message>
}

extension SPSCRing.Producer: CheckedSender where Element: RingMessage {
    mutating func send(_ element: Element, within timeout: Duration) -> SendAttempt<Element>? {
        send(element, timeout: timeout)
    }
    var counted: (sent: UInt64, received: UInt64) { (statistics.sent, statistics.received) }
}

extension MultiProducer: CheckedSender where Element: RingMessage {
    func send(_ element: Element, within timeout: Duration) -> SendAttempt<Element>? {
        send(element, timeout: timeout)
    }
    var counted: (sent: UInt64, received: UInt64) { (statistics.sent, statistics.received) }
}

extension UnboundedProducer: CheckedSender where Element: RingMessage {
    func send(_ element: Element, within timeout: Duration) -> SendAttempt<Element>? { nil }
    var counted: (sent: UInt64, received: UInt64) { (statistics.sent, statistics.received) }
}

extension SPSCRing.Consumer: CheckedReceiver where Element: RingMessage {}
extension MultiConsumer: CheckedReceiver where Element: RingMessage {}
extension SoleConsumer: CheckedReceiver where Element: RingMessage {}
extension UnboundedConsumer: CheckedReceiver where Element: RingMessage {}
extension SoleUnboundedConsumer: CheckedReceiver where Element: RingMessage {}

/// Something that is done with the ends of a channel of whatever kind.
protocol EndsVisitor {
    associatedtype Made
    /// `make` makes a fresh channel of a capacity, with so many threads on each side that may have
    /// several.
    func visit<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ make: @escaping (_ capacity: Int, _ threads: Int) -> RingEnds<S, R>
    ) throws -> Made where S.Message == UInt64, R.Message == UInt64
}
