/// What became of an element that was offered to a channel without waiting.
@frozen
public enum SendAttempt<Element: ~Copyable>: ~Copyable {
    /// The channel has it.
    case sent
    /// There was no room: here it is again.
    case full(Element)
    /// The channel is closed for sending: here it is again.
    case closed(Element)

    /// Whether the channel has the element.
    @inlinable
    public var isSent: Bool {
        switch self {
        case .sent: true
        case .full: false
        case .closed: false
        }
    }

    /// The element, unless it was sent.
    @inlinable
    public consuming func unsent() -> Element? {
        switch consume self {
        case .sent: nil
        case .full(let element): element
        case .closed(let element): element
        }
    }
}

extension SendAttempt: Copyable where Element: Copyable {}
extension SendAttempt: Equatable where Element: Equatable {}
extension SendAttempt: Sendable where Element: Sendable & ~Copyable {}
