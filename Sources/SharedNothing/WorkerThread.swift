import CNilometerShims
import Glibc
import Hardware
import Synchronization

/// Starts threads that nobody joins: who waits for a worker waits for what it says.
enum WorkerThread {
    /// Runs `body` on a thread of its own.
    ///
    /// - Parameters:
    ///   - name: for debuggers; the first 15 bytes show.
    ///   - pu: the hardware thread to bind it to, which is done and checked before this returns.
    /// - Throws: when the thread cannot be started or bound; `body` is not run then.
    static func start(
        name: String, pu: Int?, _ body: @escaping @Sendable () -> Void
    ) throws(PoolError) {
        let launch = Launch(name: name, pu: pu, body)
        var thread = pthread_t()
        // Sound: the started thread takes the reference over.
        let reference = unsafe Unmanaged.passRetained(launch)
        let status = unsafe pthread_create(
            &thread, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                unsafe Unmanaged<Launch>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            }, reference.toOpaque())
        guard status == 0 else {
            unsafe reference.release()
            throw .threadNotStarted(name: name, errno: status)
        }
        pthread_detach(thread)
        _ = launch.stage.wait(until: nil) { $0 != 0 }
        if let failure = launch.failure.withLock({ $0 }) { throw .hardware(failure) }
    }
}

private final class Launch: Sendable {
    /// 1 when the thread is bound, or has failed to be.
    let stage = EventWord(0)
    let failure = Mutex<HardwareError?>(nil)
    private let name: String
    private let pu: Int?
    private let body: @Sendable () -> Void

    init(name: String, pu: Int?, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        self.pu = pu
        self.body = body
    }

    func run() {
        // A thread without a name is no failure; the text is copied during the call.
        _ = unsafe nilometer_name_current_thread(name)
        do throws(HardwareError) {
            if let pu { try ThreadBinding.bindCurrentThread(to: pu) }
            stage.raise(1)
        } catch {
            failure.withLock { $0 = error }
            stage.raise(1)
            return
        }
        body()
    }
}
