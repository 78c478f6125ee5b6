import Storage

/// A value that threads share under a lock.
///
/// `Synchronization.Mutex` would do, but when it is contended the kernel hands it over, which a
/// thread sanitizer does not see: it then reports races that there are none of.
final class Guarded<Value>: @unchecked Sendable {
    // Sendable: the value is used under the lock alone.
    private let lock = WaitLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Answer>(_ body: (inout Value) -> Answer) -> Answer {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}
