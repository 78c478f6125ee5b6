import Glibc

/// Lets one thread at a time go on: whoever waits here does so until somebody passes it on.
@safe
final class Baton: @unchecked Sendable {
    // Sendable because semaphores are made to be shared.
    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        unsafe semaphore = .allocate(capacity: 1)
        unsafe semaphore.initialize(to: sem_t())
        let refusal = unsafe sem_init(semaphore, 0, 0)
        precondition(refusal == 0, "sem_init: errno \(errno)")
    }

    deinit {
        unsafe sem_destroy(semaphore)
        unsafe semaphore.deallocate()
    }

    func pass() {
        unsafe sem_post(semaphore)
    }

    func wait() {
        while unsafe sem_wait(semaphore) != 0 {
            precondition(errno == EINTR, "sem_wait: errno \(errno)")
        }
    }
}

/// A thread that runs one body after another, as long as the process lives.
final class ReusedThread: @unchecked Sendable {
    // Sendable: `body` is set before the baton is passed, and used after it has arrived.
    private let baton = Baton()
    private var body: (@Sendable () -> Void)?

    init() {
        var handle = pthread_t()
        let refusal = unsafe pthread_create(
            &handle, nil,
            { raw in
                // Sound: `raw` is the retained thread below; it is never given back.
                guard let raw = unsafe raw else { return nil }
                let thread = unsafe Unmanaged<ReusedThread>.fromOpaque(raw).takeUnretainedValue()
                while true { thread.runOnce() }
            }, unsafe Unmanaged.passRetained(self).toOpaque())
        precondition(refusal == 0, "pthread_create: \(refusal)")
        pthread_detach(handle)
    }

    func run(_ body: @escaping @Sendable () -> Void) {
        self.body = body
        baton.pass()
    }

    private func runOnce() {
        baton.wait()
        let body = self.body
        self.body = nil
        body?()
    }
}
