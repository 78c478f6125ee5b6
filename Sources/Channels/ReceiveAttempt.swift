/// What came of waiting for an element, for so long at most.
@frozen
public enum ReceiveAttempt<Element: ~Copyable>: ~Copyable {
    /// An element came: here it is.
    case received(Element)
    /// None came in that time.
    case timedOut
    /// The channel is closed for sending, and everything that was sent has been received.
    case closed

    /// Whether there is an element.
    @inlinable
    public var isReceived: Bool {
        switch self {
        case .received: true
        case .timedOut: false
        case .closed: false
        }
    }

    /// The element, if there is one.
    @inlinable
    public consuming func element() -> Element? {
        switch consume self {
        case .received(let element): element
        case .timedOut: nil
        case .closed: nil
        }
    }
}

extension ReceiveAttempt: Copyable where Element: Copyable {}
extension ReceiveAttempt: Equatable where Element: Equatable {}
extension ReceiveAttempt: Sendable where Element: Sendable & ~Copyable {}
