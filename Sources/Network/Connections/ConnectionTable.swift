/// The connections of an event loop, at addresses that do not change.
///
/// A reference, because an event loop's `deinit` has to close what is open. It belongs to its loop
/// and is used by the loop's thread alone.
@safe final class ConnectionTable {
    /// How many connections fit.
    let capacity: Int
    /// How many there are.
    private(set) var count = 0
    /// Slots that were used at least once, the first ones.
    private var touched = 0
    /// Slots that were used and are free.
    private var free: [UInt32] = []
    private let slots: UnsafeMutablePointer<Connection>
    /// Whether the kernel may still be using memory of connections.
    private var isAbandoned = false

    /// A table with room for `capacity` connections. Memory is touched with the slots that are
    /// used.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe slots = .allocate(capacity: capacity)
    }

    deinit {
        // What the kernel may be using is given up for good rather than handed to malloc.
        guard !isAbandoned else { return }
        // The slots that were touched are those that were initialised.
        unsafe slots.deinitialize(count: touched)
        unsafe slots.deallocate()
    }

    /// The connection at a place that was given out.
    subscript(slot: Int) -> Connection {
        _read {
            precondition(slot < touched, "slot \(slot) of \(touched)")
            yield unsafe slots[slot]
        }
        _modify {
            precondition(slot < touched, "slot \(slot) of \(touched)")
            yield unsafe &slots[slot]
        }
    }

    /// The place of a connection that has not ended.
    func slot(of id: ConnectionID) -> Int? {
        let slot = Int(id.slot)
        guard slot < touched, self[slot].generation == id.generation, self[slot].stage != .free
        else { return nil }
        return slot
    }

    /// The name of the connection at a place.
    func id(_ slot: Int) -> ConnectionID {
        ConnectionID(slot: UInt32(slot), generation: self[slot].generation)
    }

    /// Takes a place for a connection; nil when all are taken.
    func take() -> Int? {
        if let slot = free.popLast() {
            count += 1
            return Int(slot)
        }
        guard touched < capacity else { return nil }
        // The slot lies within the memory and is initialised here for the first time.
        unsafe (slots + touched).initialize(to: Connection())
        touched += 1
        count += 1
        return touched - 1
    }

    /// Ends the use of a place, with all memory that the connection had.
    func release(_ slot: Int) {
        let next = self[slot].generation &+ 1
        self[slot] = Connection()
        self[slot].generation = next
        free.append(UInt32(slot))
        count -= 1
    }

    /// Gives the memory up for good: the kernel could not be made to let go of it.
    func abandon() { isAbandoned = true }

    /// The descriptors of all connections.
    var descriptors: [Int32] {
        (0..<touched).map { self[$0].descriptor }.filter { $0 >= 0 }
    }

    /// Bytes of memory that connections hold for what they send and have received.
    var heldMemory: Int {
        (0..<touched).reduce(0) { sum, slot in
            sum + self[slot].held.capacity + self[slot].filling.capacity
                + self[slot].sending.capacity + (self[slot].decoder?.capacity ?? 0)
        }
    }
}
