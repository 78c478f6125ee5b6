import CNilometerShims
import Glibc
import Synchronization

/// Wakes a worker that sleeps in the kernel until one of its requests completes (`eventfd`).
///
/// The worker says that it sleeps and looks into its inbox once more; a caller puts something into
/// the inbox and looks whether the worker sleeps. Of two that do so at once, at least one sees the
/// other, because a full barrier stands between the two steps on either side (Dekker's handshake).
package final class Doorbell: Sendable {
    /// What is read when it was rung.
    package let descriptor: Int32
    private let isAsleep = Atomic<Bool>(false)

    /// A doorbell that was not rung.
    package init() throws(ErrorNumber) {
        let made = nilometer_doorbell_make()
        guard made >= 0 else { throw ErrorNumber(code: -made) }
        descriptor = made
    }

    // Opened in init, owned by this object alone.
    deinit { close(descriptor) }

    /// Says that the worker is about to sleep. It must look into its inbox after this.
    package func announceSleep() {
        isAsleep.store(true, ordering: .relaxed)
        // Pairs with the barrier in `ring`.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Says that the worker is awake.
    package func announceWaking() { isAsleep.store(false, ordering: .relaxed) }

    /// Wakes the worker if it sleeps; to be called after something was put into its inbox.
    package func ring() {
        // Pairs with the barrier in `announceSleep`.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard isAsleep.load(ordering: .relaxed) else { return }
        // Of many callers one rings.
        guard isAsleep.exchange(false, ordering: .relaxed) else { return }
        nilometer_doorbell_ring(descriptor)
    }
}
