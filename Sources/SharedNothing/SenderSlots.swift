import Channels
import Glibc
import Synchronization

/// A word in which one sender says whether it is in the middle of a send: odd while it is.
///
/// `@unchecked Sendable`: one sender at a time writes it; who waits for quiescence reads it. The
/// memory lives as long as `SenderSlots`, to which the sender holds a reference.
@safe @frozen @usableFromInline
struct SenderSlot: @unchecked Sendable {
    @usableFromInline let word: UnsafeMutablePointer<Atomic<UInt64>>
    /// Whether the kernel cannot impose the sender's half of the barrier.
    @usableFromInline let fences: Bool

    @inlinable @inline(__always)
    func enter(_ count: UInt64) {
        // Relaxed, and then ordered before the load of the routing by the barrier below: its other
        // half is `SenderSlots.awaitQuiescence`, which publishes first and looks here afterwards.
        unsafe word.pointee.store(count, ordering: .relaxed)
        if _slowPath(fences) {
            atomicMemoryFence(ordering: .sequentiallyConsistent)
        } else {
            ProcessorAtomics.fenceCompiler()
        }
    }

    @inlinable @inline(__always)
    func leave(_ count: UInt64) {
        // Releasing: what was sent is in its inbox for who sees this.
        unsafe word.pointee.store(count, ordering: .releasing)
    }
}

/// The slots of all senders of a pool, by which a change of routing waits until nobody sends by
/// the old one: read-copy-update with a grace period per change, paid by who changes.
///
/// Source: Desnoyers et al., "User-level implementations of read-copy update", IEEE TPDS 23(2),
/// 2012, the variant with a barrier imposed by the kernel (membarrier). Deviation: a reader's count
/// goes up on entry and on exit, so that a sender that is always found sending is still seen to
/// have left in between.
///
/// `@unchecked Sendable`: the slots are atomics; the lists of them are under the lock.
@safe @usableFromInline
final class SenderSlots: @unchecked Sendable {
    private struct Registry: Sendable {
        var all: [SenderSlot] = []
        var free: [SenderSlot] = []
    }

    private let registry = Mutex(Registry())
    private let fences = !ProcessorAtomics.registerFenceEverywhere()

    init() {}

    deinit {
        // Every sender holds a reference, so none is left.
        for slot in registry.withLock({ $0.all }) {
            unsafe slot.word.deinitialize(count: 1)
            unsafe slot.word.deallocate()
        }
    }

    /// A slot that nobody else has, even, on cache lines of its own.
    func claim() -> SenderSlot {
        registry.withLock { registry in
            if let slot = registry.free.popLast() { return slot }
            // Sound: room for one atomic, initialised before anyone sees the address.
            let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
            let word = unsafe memory.bindMemory(to: Atomic<UInt64>.self, capacity: 1)
            unsafe word.initialize(to: Atomic(0))
            let slot = unsafe SenderSlot(word: word, fences: fences)
            registry.all.append(slot)
            return slot
        }
    }

    func giveBack(_ slot: SenderSlot) {
        registry.withLock { $0.free.append(slot) }
    }

    /// What the slot counted last, for its next sender to go on from.
    func count(of slot: SenderSlot) -> UInt64 {
        unsafe slot.word.pointee.load(ordering: .acquiring)
    }

    /// Returns when every send that may have begun by a routing that was replaced before this call
    /// is over. Sends last a few nanoseconds, or up to `PoolSender.stay` while an inbox is
    /// full.
    func awaitQuiescence() {
        if fences {
            atomicMemoryFence(ordering: .sequentiallyConsistent)
        } else {
            ProcessorAtomics.fenceEverywhere()
        }
        for slot in registry.withLock({ $0.all }) {
            let seen = count(of: slot)
            guard seen & 1 == 1 else { continue }
            while count(of: slot) == seen { sched_yield() }
        }
    }
}
