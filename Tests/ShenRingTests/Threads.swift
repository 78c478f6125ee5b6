import Glibc

/// What a thread runs.
private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on `count` threads of their own, with their numbers, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for index in 0..<count {
        var thread = pthread_t()
        // Sound: the thread takes the one reference that is handed over.
        let argument = unsafe Unmanaged.passRetained(ThreadBody { body(index) }).toOpaque()
        let code = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        precondition(code == 0, "pthread_create: \(code)")
        threads.append(thread)
    }
    for thread in threads {
        let code = pthread_join(thread, nil)
        precondition(code == 0, "pthread_join: \(code)")
    }
}
