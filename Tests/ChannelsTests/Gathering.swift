import Glibc
import Synchronization

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

/// What several threads bring together.
final class Gathered: Sendable {
    private let state = Locked<(values: [Int], disorders: Int)>(([], 0))

    var values: [Int] { state.withLock { $0.values } }

    /// How often a value of some producer came to a consumer behind a later one.
    var disorders: Int { state.withLock { $0.disorders } }

    func add(_ values: [Int]) {
        state.withLock { $0.values += values }
    }

    /// As `add`, of values that are tagged with their producer above 32 bits.
    func add(inOrder values: [Int]) {
        var last: [Int: Int] = [:]
        var disorders = 0
        for value in values {
            if let before = last[value >> 32], before >= value { disorders += 1 }
            last[value >> 32] = value
        }
        state.withLock {
            $0.values += values
            $0.disorders += disorders
        }
    }
}
