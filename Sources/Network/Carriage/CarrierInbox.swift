import Storage
import Synchronization

/// What a carrier's threads have told a loop and the loop has not taken. The carrier's connections
/// bound what is in it.
package final class CarrierInbox: @unchecked Sendable {
    // Sendable: all that varies is used under the lock, or is atomic.
    private let lock = WaitLock()
    private var events: [CarrierEvent] = []
    private var bytes = 0
    private let isFilled = Atomic<Bool>(false)
    private let bell: Doorbell

    init(_ bell: Doorbell) { self.bell = bell }

    /// Puts an event in, and wakes the loop where it sleeps.
    package func post(_ event: CarrierEvent) {
        lock.lock()
        events.append(event)
        if case .received(_, let received) = event { bytes += received.count }
        isFilled.store(true, ordering: .releasing)
        lock.unlock()
        bell.ring()
    }

    /// Whether there are events. May be asked by the loop at any time.
    var hasEvents: Bool { isFilled.load(ordering: .acquiring) }

    /// Bytes received that were not taken.
    var heldBytes: Int {
        lock.lock()
        defer { lock.unlock() }
        return bytes
    }

    /// Takes all events in order, in exchange for `emptied`, whose memory the next ones use.
    func exchange(_ emptied: inout [CarrierEvent]) {
        guard hasEvents else { return }
        lock.lock()
        defer { lock.unlock() }
        isFilled.store(false, ordering: .releasing)
        bytes = 0
        swap(&emptied, &events)
    }
}

/// A loop's side of its carrier: used by the loop's thread alone.
final class Carriage {
    let carrier: any SocketCarrier
    let inbox: CarrierInbox
    /// What the carrier is to do, at the turn's beginning.
    var orders: [CarrierOrder] = []
    /// Memory for events to come.
    var emptied: [CarrierEvent] = []
    /// What is waited for in the kernel: the bell, and what is watched.
    let waiting = DescriptorWait()

    init(_ carrier: any SocketCarrier, _ inbox: CarrierInbox) {
        self.carrier = carrier
        self.inbox = inbox
    }

    /// Hands the orders over.
    func submit() {
        guard !orders.isEmpty else { return }
        carrier.submit(orders)
        orders.removeAll(keepingCapacity: true)
    }
}
