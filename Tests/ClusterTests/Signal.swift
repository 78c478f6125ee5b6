import Storage

/// A value that threads change and wait for. Waiting ends with a trap where what is waited for does
/// not come in a minute: something hangs then.
final class Signal<Value>: @unchecked Sendable {
    // Sendable: the value is used under the lock alone.
    private let lock = WaitLock()
    private let changed = WaitCondition()
    private var value: Value

    init(_ value: Value) { self.value = value }

    /// What `body` gives, which has the value to itself meanwhile.
    @discardableResult
    func change<Answer>(_ body: (inout Value) -> Answer) -> Answer {
        lock.lock()
        defer {
            lock.unlock()
            changed.broadcast()
        }
        return body(&value)
    }

    /// Waits until `condition` holds.
    func wait(_ what: String, until condition: (Value) -> Bool) {
        let deadline = WaitCondition.Instant.after(60_000_000_000)
        lock.lock()
        defer { lock.unlock() }
        while !condition(value) {
            guard changed.wait(lock, until: deadline) || condition(value) else {
                preconditionFailure("waited a minute for \(what); there is \(value)")
            }
        }
    }
}
