import Glibc

/// A thread for a body that computes or blocks for long: none of the test runner's own. It must be
/// joined.
struct PlainThread {
    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private let thread: pthread_t

    init(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        // SAFETY: the new thread takes over the reference that is passed to it.
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

    func join() { pthread_join(thread, nil) }
}
