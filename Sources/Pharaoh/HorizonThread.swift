import Glibc
import Storage

extension DurableHorizon where Operations: ~Copyable {
    /// Starts the thread that moves the horizon ahead of those who need it. To be called once, by a
    /// maker whose rule is to have it.
    ///
    /// The thread holds the horizon, and ends when that is closed.
    package func startThread(at path: String) throws(ObeliskError) {
        lock.lock()
        hasThread = true
        lock.unlock()
        let body = HorizonThread(self)
        var thread = pthread_t()
        // The started thread takes the reference over.
        let reference = unsafe Unmanaged.passRetained(body)
        let status = unsafe pthread_create(
            &thread, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                unsafe Unmanaged<HorizonThread>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, reference.toOpaque())
        guard status == 0 else {
            unsafe reference.release()
            lock.lock()
            hasThread = false
            lock.unlock()
            throw .threadNotStarted(path: path, ErrorNumber(code: status))
        }
        pthread_detach(thread)
    }
}

/// Something that is served until it is closed.
protocol Served: AnyObject, Sendable {
    func serve()
}

extension DurableHorizon: Served where Operations: ~Copyable {}

/// What a thread is started with.
private final class HorizonThread: Sendable {
    private let horizon: any Served

    init(_ horizon: any Served) { self.horizon = horizon }

    func run() { horizon.serve() }
}
