import Synchronization

/// Hands a noncopyable value to the one thread that takes it, and takes it back. Any thread.
public final class Handoff<Value: ~Copyable & Sendable>: Sendable {
    private let value: Mutex<Value?>

    /// Holds `value` until it is taken.
    public init(_ value: consuming sending Value) {
        self.value = Mutex(value)
    }

    /// The value, which must be there.
    public func take() -> Value {
        let taken = value.withLock { $0.take() }
        guard let taken else { preconditionFailure("the value was taken before") }
        return taken
    }

    /// Holds `value` in place of whatever is there.
    public func put(_ value: consuming sending Value) {
        var value: Value? = consume value
        self.value.withLock { $0 = value.take() }
    }

    /// Takes the value, and lets it go.
    public func drop() { _ = take() }
}
