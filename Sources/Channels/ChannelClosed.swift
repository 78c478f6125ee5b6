import Synchronization

/// Thrown by a send to a channel that is closed for sending; gives the element back.
///
/// An error has to be copyable and an element need not be, so that the element sits in a box that
/// all copies of the error share, and can be taken out once.
public struct ChannelClosed<Element: ~Copyable>: Error, CustomStringConvertible {
    private let box: Box

    @usableFromInline
    init(_ element: consuming sending Element) {
        box = Box(element)
    }

    /// Takes the element out; nil when a copy of this error has been asked before.
    public func takeElement() -> sending Element? {
        box.take()
    }

    /// One line for a person.
    public var description: String {
        "the channel is closed for sending"
    }

    private final class Box: Sendable {
        private let element: Mutex<Element?>

        init(_ element: consuming sending Element) {
            self.element = Mutex(element)
        }

        func take() -> sending Element? {
            element.withLock { $0.take() }
        }
    }
}

/// Thrown by a batched send to a channel that is closed for sending.
@frozen
public struct BatchClosed: Error, Equatable, CustomStringConvertible {
    /// How many elements of the batch the channel had accepted before.
    public let accepted: Int

    /// Memberwise.
    @inlinable
    public init(accepted: Int) {
        self.accepted = accepted
    }

    /// One line for a person.
    public var description: String {
        "the channel was closed for sending after \(accepted) elements of the batch"
    }
}
