import CNilometerShims
import Glibc

/// A thread that runs one piece of work on one hardware thread, from its first instruction to its
/// last.
///
/// The object belongs to the thread that started it, which joins it; dropping it without `join`
/// lets the thread run on by itself.
public final class PinnedThread {
    private let thread: pthread_t
    private var isJoined = false

    /// The name by which debuggers know it.
    public let name: String
    /// The hardware thread that it is bound to.
    public let pu: Int

    /// Starts a thread that runs `body` bound to hardware thread `pu`. When this returns the thread
    /// is bound, which has been checked; when it throws, `body` has not run and never will.
    ///
    /// - Parameters:
    ///   - pu: the hardware thread, by the kernel's number.
    ///   - name: for debuggers and `top`, which show the first 15 bytes.
    /// - Throws: what `ThreadBinding.bindCurrentThread` throws, or `threadNotStarted`.
    public convenience init(
        pu: Int, name: String, _ body: @escaping @Sendable () -> Void
    ) throws(HardwareError) {
        try self.init(pu: pu, name: name, taking: ()) { (_: consuming Void) in body() }
    }

    /// Starts a thread that runs `body`, bound to hardware thread `pu`, with an argument that is
    /// moved into it: the way to hand a noncopyable value, such as one end of a channel, to a
    /// thread. The argument is destroyed when this throws.
    public init<Argument: ~Copyable & Sendable>(
        pu: Int, name: String, taking argument: consuming Argument,
        _ body: @escaping @Sendable (consuming Argument) -> Void
    ) throws(HardwareError) {
        self.pu = pu
        self.name = name
        let slot = ArgumentSlot(argument)
        let launch = Launch(pu: pu, name: name) { body(slot.take()) }
        thread = try launch.start()
    }

    deinit {
        // Not joined, hence still a valid handle; the system frees the thread when it ends.
        if !isJoined { pthread_detach(thread) }
    }

    /// Waits until the work is done. Once only.
    public func join() {
        precondition(!isJoined, "thread '\(name)' is joined twice")
        isJoined = true
        // The handle is valid: the thread was started, and neither joined nor detached before.
        let status = pthread_join(thread, nil)
        precondition(status == 0, "joining thread '\(name)' failed: \(SystemError(status))")
    }
}

/// A value on its way from one thread to another.
///
/// `@unchecked Sendable`: written in `init` by the starting thread, taken once by the started one;
/// `pthread_create` orders the two.
@safe private final class ArgumentSlot<Argument: ~Copyable & Sendable>: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<Argument>
    private var isTaken = false

    init(_ argument: consuming Argument) {
        unsafe storage = UnsafeMutablePointer.allocate(capacity: 1)
        unsafe storage.initialize(to: argument)
    }

    deinit {
        // Never taken when the thread could not be started or bound.
        if !isTaken { unsafe storage.deinitialize(count: 1) }
        unsafe storage.deallocate()
    }

    func take() -> Argument {
        precondition(!isTaken, "a thread's argument is taken twice")
        isTaken = true
        // Initialised in `init`, and not moved out before.
        return unsafe storage.move()
    }
}

/// The hand-over between the thread that starts another and the one that is started.
///
/// `@unchecked Sendable`: `pu`, `name` and `work` are written before the thread exists and then
/// read by it alone; `failure` is written by the started thread before it posts `ready`, and read
/// by the starting one after it has waited for `ready`.
@safe private final class Launch: @unchecked Sendable {
    private let pu: Int
    private let name: String
    private var work: (@Sendable () -> Void)?
    private var failure: HardwareError?
    // A semaphore must stay at one address; this object owns it and outlives both its users.
    private let ready: UnsafeMutablePointer<sem_t>

    init(pu: Int, name: String, work: @escaping @Sendable () -> Void) {
        self.pu = pu
        self.name = name
        self.work = work
        unsafe ready = UnsafeMutablePointer.allocate(capacity: 1)
        unsafe ready.initialize(to: sem_t())
        unsafe sem_init(ready, 0, 0)
    }

    deinit {
        unsafe sem_destroy(ready)
        unsafe ready.deallocate()
    }

    /// Starts the thread and waits until it is bound, or has ended because it could not be.
    func start() throws(HardwareError) -> pthread_t {
        // Loaded by the starting thread, so that a failure is its own and the new thread finds it.
        _ = try HwlocTopology.running.get()
        var thread = pthread_t()
        // The started thread balances this reference.
        let reference = unsafe Unmanaged.passRetained(self)
        let status = unsafe pthread_create(
            &thread, nil, { unsafe Launch.run($0) }, reference.toOpaque())
        guard status == 0 else {
            unsafe reference.release()
            throw .threadNotStarted(
                name: name, operation: "pthread_create", SystemError(status))
        }
        // Alive: this object owns it.
        while unsafe sem_wait(ready) != 0 {
            precondition(errno == EINTR, "sem_wait failed: \(SystemError(errno))")
        }
        if let failure {
            // The thread posted and ends without running anything.
            pthread_join(thread, nil)
            throw failure
        }
        return thread
    }

    private static func run(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let pointer = unsafe pointer else { return nil }
        // The reference that `start` retained for this thread.
        let work = unsafe Unmanaged<Launch>.fromOpaque(pointer).takeRetainedValue().bind()
        work?()
        return nil
    }

    /// Binds the started thread; the work to run, or `nil` when it could not be bound.
    private func bind() -> (@Sendable () -> Void)? {
        let work = self.work
        self.work = nil
        do throws(HardwareError) {
            try ThreadBinding.bindCurrentThread(to: pu)
        } catch {
            failure = error
        }
        // A thread without a name is no failure; the text is copied during the call.
        _ = unsafe nilometer_name_current_thread(name)
        let isBound = failure == nil
        unsafe sem_post(ready)
        return isBound ? work : nil
    }
}
