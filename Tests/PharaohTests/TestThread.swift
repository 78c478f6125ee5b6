import Glibc

/// A thread of its own for a body that blocks. It must be joined.
struct TestThread {
    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private let thread: pthread_t

    init(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        // The new thread takes over the reference that is passed to it.
        let box = unsafe Unmanaged.passRetained(Box(body)).toOpaque()
        let answer = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box)
        precondition(answer == 0, "pthread_create: errno \(answer)")
        self.thread = thread
    }

    /// Sends the thread, which must not have ended, a signal.
    func signal(_ number: Int32) { pthread_kill(thread, number) }

    func join() { pthread_join(thread, nil) }
}
