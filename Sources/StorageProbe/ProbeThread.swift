import Glibc

/// A thread that runs until the process ends.
enum ProbeThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        // The thread takes over the reference that is retained here.
        let body = unsafe Unmanaged.passRetained(Body(run)).toOpaque()
        let status = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body)
        guard status == 0 else { Reports.fail("no thread: errno \(status)", status: 71) }
    }
}
