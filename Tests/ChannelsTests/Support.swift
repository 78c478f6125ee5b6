import Glibc
import Randomness
import Synchronization

@testable import Channels

/// Hands a noncopyable value to the one thread that takes it.
final class Handoff<Value: ~Copyable & Sendable>: Sendable {
    private let value: Mutex<Value?>

    init(_ value: consuming sending Value) {
        self.value = Mutex(value)
    }

    /// The value. To be called once.
    func take() -> Value {
        let taken = value.withLock { $0.take() }
        guard let taken else { preconditionFailure("the value was taken before") }
        return taken
    }
}

/// A thread of its own, so that a blocking end never holds up the test runner's threads.
struct TestThread: ~Copyable {
    private let handle: pthread_t

    /// Starts `body`, bound to the processor with this number if there is one given.
    init(on processor: Int? = nil, _ body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(Start(body, processor))
        var handle = pthread_t()
        let refusal = unsafe pthread_create(
            &handle, nil,
            { raw in
                // Sound: `raw` is the retained `Start` below, released here, once.
                guard let raw = unsafe raw else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(raw).takeRetainedValue()
                if let processor = start.processor { bindCurrentThread(to: processor) }
                start.body()
                return nil
            }, unsafe start.toOpaque())
        precondition(refusal == 0, "pthread_create: \(refusal)")
        self.handle = handle
    }

    /// Processor time that the thread has used, in nanoseconds.
    var processorTime: Int {
        var clock = clockid_t()
        let refusal = unsafe pthread_getcpuclockid(handle, &clock)
        precondition(refusal == 0, "pthread_getcpuclockid: \(refusal)")
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// Waits until the thread has ended.
    consuming func join() {
        pthread_join(handle, nil)
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

/// Binds the calling thread. Glibc's module lacks the call, which needs `_GNU_SOURCE`.
private func bindCurrentThread(to processor: Int) {
    typealias Call = @convention(c) (Int32, Int, UnsafeRawPointer) -> Int32
    guard let symbol = unsafe dlsym(nil, "sched_setaffinity") else {
        preconditionFailure("no sched_setaffinity")
    }
    // Sound: glibc's function has this signature.
    let call = unsafe unsafeBitCast(symbol, to: Call.self)
    var mask = [UInt64](repeating: 0, count: 16)
    mask[processor / 64] = 1 << UInt64(processor % 64)
    let refusal = unsafe mask.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return Int32(-1) }
        return unsafe call(0, bytes.count, base)
    }
    precondition(refusal == 0, "sched_setaffinity to \(processor): errno \(errno)")
}

/// A lap from which a channel of these elements needs `laps` more until its tokens wrap.
func lap<Element>(_ laps: UInt64, beforeTokensWrapFor _: Element.Type) -> UInt64 {
    1 << UInt64(32 - BlockLayout<Element>.lapShift) - laps
}

/// Goes to sleep at the first fruitless look: every wait is a chance to lose a wake-up.
enum ParkAtOnce: ParkingWait {
    static var spins: Int { 0 }
    static var yields: Int { 0 }
}

/// Learns within few polls whether to poll at all.
enum AdaptAtOnce: ParkingWait {
    static var spins: Int { 10 }
    static var yields: Int { 0 }
    static var adapts: Bool { true }
}

/// Yields at the first fruitless look.
enum YieldAtOnce: WaitStrategy {
    static var spins: Int { 0 }
    static var yields: Int { .max }
    static var parks: Bool { false }
}

/// Counts how often its tokens are destroyed.
final class DeinitCounter: Sendable {
    private let madeTokens = Atomic<Int>(0)
    private let destroyedTokens = Atomic<Int>(0)

    var made: Int { madeTokens.load(ordering: .sequentiallyConsistent) }

    var destroyed: Int { destroyedTokens.load(ordering: .sequentiallyConsistent) }

    /// An element whose end is counted once.
    struct Token: ~Copyable, Sendable {
        let number: Int
        let counter: DeinitCounter

        deinit {
            counter.destroyedTokens.add(1, ordering: .sequentiallyConsistent)
        }
    }

    func token(_ number: Int) -> Token {
        madeTokens.add(1, ordering: .sequentiallyConsistent)
        return Token(number: number, counter: self)
    }
}

/// The number of a token, which ends here.
func number(of token: consuming DeinitCounter.Token?) -> Int? {
    switch consume token {
    case .some(let token): token.number
    case .none: nil
    }
}

/// How many rounds a marathon of sleepers makes: as many as the environment says, for a long night.
///
/// - Parameter usual: how many take a second or two.
func marathonRounds(_ usual: Int) -> Int {
    guard let text = unsafe getenv("NILOMETER_TEST_ROUNDS") else { return usual }
    let digits = unsafe String(cString: text)
    guard let rounds = Int(digits), rounds > 0 else {
        preconditionFailure("NILOMETER_TEST_ROUNDS is not a number above 0: \(digits)")
    }
    return rounds
}

/// The seed of a test's random choices: from the environment, or a new one.
func testSeed() -> UInt64 {
    if let text = unsafe getenv("NILOMETER_TEST_SEED") {
        let digits = unsafe String(cString: text)
        guard let seed = UInt64(digits) else {
            preconditionFailure("NILOMETER_TEST_SEED is not a number: \(digits)")
        }
        return seed
    }
    return UInt64.random(in: .min ... .max)
}
