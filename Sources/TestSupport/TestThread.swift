import Glibc

/// A thread of a test's own, for a body that computes or blocks for long: none of the test runner's.
///
/// It must be joined, once. Any thread may do that, and ask for its processor time before.
public struct TestThread: Sendable {
    private let handle: pthread_t

    /// Starts `body`.
    ///
    /// - Parameters:
    ///   - processor: the number of the processor to bind the thread to; where there is none given, it
    ///     runs wherever the process may.
    ///   - body: what the thread does.
    public init(on processor: Int? = nil, _ body: @escaping @Sendable () -> Void) {
        // SAFETY: the new thread takes over the reference that is passed to it.
        let start = unsafe Unmanaged.passRetained(Start(body, processor)).toOpaque()
        var handle = pthread_t()
        let refusal = unsafe pthread_create(
            &handle, nil,
            { raw in
                guard let raw = unsafe raw else { return nil }
                // SAFETY: the retained `Start` above, released here, once.
                let start = unsafe Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
                if let processor = start.processor { TestThread.bind(to: processor) }
                start.body()
                return nil
            }, start)
        precondition(refusal == 0, "pthread_create: \(refusal)")
        self.handle = handle
    }

    /// Processor time that the thread, which must not have been joined, has used, in nanoseconds.
    public var processorTime: Int {
        var clock = clockid_t()
        // SAFETY, here and below: the calls write to the variable that they are given.
        let refusal = unsafe pthread_getcpuclockid(handle, &clock)
        precondition(refusal == 0, "pthread_getcpuclockid: \(refusal)")
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Sends the thread, which must not have ended, a signal.
    public func signal(_ number: Int32) {
        let refusal = pthread_kill(handle, number)
        precondition(refusal == 0, "pthread_kill: \(refusal)")
    }

    /// Waits until the thread has ended.
    public func join() {
        let refusal = pthread_join(handle, nil)
        precondition(refusal == 0, "pthread_join: \(refusal)")
    }

    /// Runs `body` on `count` threads, with their numbers, and waits for all of them.
    public static func all(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let threads = (0..<count).map { number in TestThread { body(number) } }
        for thread in threads { thread.join() }
    }

    /// Binds the calling thread. Glibc's module lacks the call, which needs `_GNU_SOURCE`.
    private static func bind(to processor: Int) {
        typealias Call = @convention(c) (Int32, Int, UnsafeRawPointer) -> Int32
        guard let symbol = unsafe dlsym(nil, "sched_setaffinity") else {
            preconditionFailure("no sched_setaffinity")
        }
        // SAFETY: glibc's function has this signature.
        let call = unsafe unsafeBitCast(symbol, to: Call.self)
        var mask = [UInt64](repeating: 0, count: 16)
        mask[processor / 64] = 1 << UInt64(processor % 64)
        // SAFETY: the call reads the mask, whose length it is told.
        let refusal = unsafe mask.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return Int32(-1) }
            return unsafe call(0, bytes.count, base)
        }
        precondition(refusal == 0, "sched_setaffinity to \(processor): errno \(errno)")
    }

    private final class Start: Sendable {
        let body: @Sendable () -> Void
        let processor: Int?

        init(_ body: @escaping @Sendable () -> Void, _ processor: Int?) {
            self.body = body
            self.processor = processor
        }
    }
}
