#if WATCHED_BY_THREAD_SANITIZER
    import Glibc

    /// What `Mutex` is in this module where ThreadSanitizer watches: a POSIX mutex, which it knows.
    ///
    /// `Synchronization.Mutex` takes its lock in the standard library, which is not instrumented:
    /// whatever it guards would look like a race. `make tsan` sets the condition.
    @safe struct Mutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
        // Sendable because the value is touched under the lock only.
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>
        private let value: UnsafeMutablePointer<Value>

        /// A free lock over `value`.
        init(_ value: consuming sending Value) {
            // Sound, all below: both live on the heap, where they stay, until `deinit`.
            unsafe mutex = .allocate(capacity: 1)
            unsafe mutex.initialize(to: pthread_mutex_t())
            let refusal = unsafe pthread_mutex_init(mutex, nil)
            precondition(refusal == 0, "pthread_mutex_init: \(refusal)")
            unsafe self.value = .allocate(capacity: 1)
            unsafe self.value.initialize(to: value)
        }

        deinit {
            unsafe value.deinitialize(count: 1)
            unsafe value.deallocate()
            unsafe pthread_mutex_destroy(mutex)
            unsafe mutex.deallocate()
        }

        /// Calls `body` with the value, under the lock.
        func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout Value) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            unsafe pthread_mutex_lock(mutex)
            defer { unsafe pthread_mutex_unlock(mutex) }
            return try unsafe body(&value.pointee)
        }
    }
#endif
