import Glibc

/// A thread for a body that ends by itself. Any thread may join it, any number of times.
@safe package final class WorkerThread: @unchecked Sendable {
    // Sendable: the identity never changes after init, and `isJoined` is used under the lock.
    private let lock = WaitLock()
    private let thread: pthread_t
    private var isJoined = false

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts `body` on a thread of its own.
    package init(_ body: @escaping @Sendable () -> Void) throws(StorageError) {
        thread = try Self.start(body)
    }

    /// Starts `body` on a thread of its own that nobody joins.
    package static func detach(_ body: @escaping @Sendable () -> Void) throws(StorageError) {
        pthread_detach(try start(body))
    }

    private static func start(
        _ body: @escaping @Sendable () -> Void
    ) throws(StorageError) -> pthread_t {
        var thread = pthread_t()
        // The new thread takes over the reference that it is given, unless there is none.
        let box = unsafe Unmanaged.passRetained(Body(body))
        let answer = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard answer == 0 else {
            unsafe box.release()
            throw .refused(.submit, path: "a storage worker", ErrorNumber(code: answer))
        }
        return thread
    }

    /// Waits until the body has ended.
    package func join() {
        lock.lock()
        defer { lock.unlock() }
        guard !isJoined else { return }
        isJoined = true
        pthread_join(thread, nil)
    }
}
