import Glibc
import Synchronization

@testable import Channels

/// A consumer of elements that can be copied, whatever the channel.
protocol Receiving<Item>: ~Copyable, Sendable {
    associatedtype Item: Sendable

    mutating func tryReceive() -> Item?
    mutating func receive() -> Item?
    mutating func receive(timeout: Duration) -> ReceiveAttempt<Item>
    mutating func tryReceiveBatch(into output: inout OutputSpan<Item>) -> Int
    mutating func receiveBatch(into output: inout OutputSpan<Item>) -> Int
    func closeForAll()
    consuming func close()
    var isClosed: Bool { get }
    var isEmpty: Bool { get }
    var isFull: Bool { get }
    var count: Int { get }
    var capacity: Int { get }
    var statistics: ChannelStatistics { get }
}

extension MultiConsumer: Receiving where Element: Copyable {
    typealias Item = Element
}

extension SoleConsumer: Receiving where Element: Copyable {
    typealias Item = Element
}

/// A producer and a consumer of one channel.
struct Ends<Wait: WaitStrategy, Consumer: Receiving & ~Copyable>: ~Copyable {
    let producer: MultiProducer<Consumer.Item, Wait, ProcessorAtomics>
    var consumer: Consumer
}

typealias ManyEnds<Element: Sendable, Wait: WaitStrategy> = Ends<
    Wait, MultiConsumer<Element, Wait, ProcessorAtomics>
>
typealias SoleEnds<Element: Sendable, Wait: WaitStrategy> = Ends<
    Wait, SoleConsumer<Element, Wait, ProcessorAtomics>
>

/// The ends of a new MPMC channel.
func many<Element: Sendable, Wait>(
    _: Element.Type, _: Wait.Type, _ capacity: Int, firstLap: UInt64 = 0,
    imposesBarriers: Bool = true
) -> ManyEnds<Element, Wait> {
    let channel = MPMCChannel<Element, Wait>(
        capacity: capacity, firstLap: firstLap, imposesBarriers: imposesBarriers)
    return Ends(producer: channel.producer, consumer: channel.consumer)
}

/// The ends of a new MPSC channel.
func sole<Element: Sendable, Wait>(
    _: Element.Type, _: Wait.Type, _ capacity: Int, firstLap: UInt64 = 0,
    imposesBarriers: Bool = true
) -> SoleEnds<Element, Wait> {
    let channel = MPSCChannel<Element, Wait>(
        capacity: capacity, firstLap: firstLap, imposesBarriers: imposesBarriers)
    return Ends(producer: channel.producer, consumer: channel.consumer)
}

/// A lap from which a ring of this capacity needs `laps` more to come to the end of its positions.
func lap(_ laps: UInt64, beforeTheEndFor capacity: Int) -> UInt64 {
    (1 << 63) / (RingPositions(capacity: capacity).mask + 1) - laps
}

/// What one batch receives, as an array.
func receiveArray<Consumer: Receiving & ~Copyable>(
    batchFrom consumer: inout Consumer, atMost limit: Int
) -> [Consumer.Item] {
    [Consumer.Item](capacity: limit) { output in
        _ = consumer.tryReceiveBatch(into: &output)
    }
}

/// Whether as many threads as there are at one end of a channel have come to the same point: so that
/// they start together.
final class Starter: Sendable {
    private let waiting: Atomic<Int>

    init(_ threads: Int) { waiting = Atomic(threads) }

    func wait() {
        waiting.subtract(1, ordering: .acquiringAndReleasing)
        while waiting.load(ordering: .acquiring) > 0 { sched_yield() }
    }
}

/// A value behind a lock that ThreadSanitizer knows; it does not see into `Mutex`.
@safe final class Locked<Value>: @unchecked Sendable {
    // Sendable because the value is touched under the lock only.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let refusal = unsafe pthread_mutex_init(mutex, nil)
        precondition(refusal == 0, "pthread_mutex_init: \(refusal)")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
