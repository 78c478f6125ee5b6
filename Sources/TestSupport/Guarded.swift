import Glibc

/// A value that threads share under a lock. Any thread.
///
/// `Synchronization.Mutex` would do, but when it is contended the kernel hands it over, which a thread
/// sanitizer does not see: it then reports races that there are none of. It knows POSIX's.
@safe public final class Guarded<Value>: @unchecked Sendable {
    // Sendable: the value is used under the lock alone; the pointer to that never changes.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    /// Holds `value`.
    public init(_ value: Value) {
        self.value = value
        // A mutex must not move.
        unsafe mutex = .allocate(capacity: 1)
        let refusal = unsafe pthread_mutex_init(mutex, nil)
        precondition(refusal == 0, "pthread_mutex_init: \(refusal)")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// What `body` gives, which has the value to itself meanwhile and must not ask for it again.
    public func withLock<Answer>(_ body: (inout Value) -> Answer) -> Answer {
        let refusal = unsafe pthread_mutex_lock(mutex)
        precondition(refusal == 0, "pthread_mutex_lock: \(refusal)")
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
