import Glibc

/// A mutual-exclusion lock that threads can also wait on (a POSIX mutex).
///
/// `Synchronization.Mutex` has no conditions to wait for; POSIX has, and thread sanitizers know it.
@safe package final class WaitLock: @unchecked Sendable {
    // Sendable: the mutex is made to be used by many threads; the pointer itself never changes.
    fileprivate let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init() {
        // A mutex must not move, so it lives on the heap for as long as this object does.
        unsafe mutex = .allocate(capacity: 1)
        let answer = unsafe pthread_mutex_init(mutex, nil)
        precondition(answer == 0, "pthread_mutex_init: \(ErrorNumber(code: answer))")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Waits for the lock and takes it.
    package func lock() {
        // The mutex was initialised in init; relocking by its holder is a defect of the caller.
        let answer = unsafe pthread_mutex_lock(mutex)
        precondition(answer == 0, "pthread_mutex_lock: \(ErrorNumber(code: answer))")
    }

    /// Gives the lock up.
    package func unlock() {
        // As in lock.
        let answer = unsafe pthread_mutex_unlock(mutex)
        precondition(answer == 0, "pthread_mutex_unlock: \(ErrorNumber(code: answer))")
    }
}

/// Something to wait for under a `WaitLock` (a POSIX condition variable on the monotonic clock).
@safe package final class WaitCondition: @unchecked Sendable {
    // Sendable: the condition is made to be used by many threads; the pointer never changes.
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        // A condition must not move, so it lives on the heap for as long as this object does.
        unsafe condition = .allocate(capacity: 1)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let answer = unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
        precondition(answer == 0, "pthread_cond_init: \(ErrorNumber(code: answer))")
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }

    /// Gives `lock`, which the caller holds, up until woken. May return for no reason.
    package func wait(_ lock: WaitLock) {
        // Both objects were initialised by their owners and are alive.
        unsafe pthread_cond_wait(condition, lock.mutex)
    }

    /// As `wait`, until `deadline` at the latest; `false` when that is what ended it.
    package func wait(_ lock: WaitLock, until deadline: Instant) -> Bool {
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000),
            tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        // As in wait; the time is valid for the call.
        return unsafe pthread_cond_timedwait(condition, lock.mutex, &time) != ETIMEDOUT
    }

    /// Wakes one waiter.
    package func signal() { unsafe pthread_cond_signal(condition) }

    /// Wakes all waiters.
    package func broadcast() { unsafe pthread_cond_broadcast(condition) }

    /// A reading of the monotonic clock.
    package struct Instant {
        let nanoseconds: UInt64

        /// For how many nanoseconds the left one comes after the right one, which was read before.
        package static func - (left: Instant, right: Instant) -> UInt64 {
            left.nanoseconds - right.nanoseconds
        }

        /// The time in `delay` nanoseconds.
        package static func after(_ delay: UInt64) -> Instant {
            var now = timespec()
            // The structure is valid for the call.
            unsafe clock_gettime(CLOCK_MONOTONIC, &now)
            let elapsed = UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
            return Instant(nanoseconds: elapsed + delay)
        }
    }
}
