import Glibc
import TestSupport

/// Ends the process when it is not called off in time: for tests that hang when they fail.
@safe final class Watchdog: @unchecked Sendable {
    // Sendable because semaphores are made to be shared; the thread is this object's alone.
    private let semaphore: UnsafeMutablePointer<sem_t>
    private var thread: TestThread?

    /// - Parameters:
    ///   - seconds: far beyond what the test takes on a machine that is busy.
    ///   - what: what it means when it is not done by then.
    init(seconds: Int, _ what: String) {
        let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
        unsafe semaphore.initialize(to: sem_t())
        let refusal = unsafe sem_init(semaphore, 0, 0)
        precondition(refusal == 0, "sem_init: errno \(errno)")
        unsafe self.semaphore = semaphore
        let shared = unsafe Semaphore(address: semaphore)
        thread = TestThread {
            var end = timespec()
            unsafe clock_gettime(CLOCK_REALTIME, &end)
            end.tv_sec += seconds
            while unsafe sem_timedwait(shared.address, &end) != 0 {
                precondition(errno == EINTR, "after \(seconds) s: \(what)")
            }
        }
    }

    /// To be called once the test is done.
    func callOff() {
        unsafe sem_post(semaphore)
        if let thread = thread.take() { thread.join() }
    }

    deinit {
        // Nobody waits any more: `callOff` has joined the thread.
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    @safe private struct Semaphore: @unchecked Sendable {
        // Sendable because semaphores are made to be shared.
        let address: UnsafeMutablePointer<sem_t>

        init(address: UnsafeMutablePointer<sem_t>) {
            unsafe self.address = address
        }
    }
}
