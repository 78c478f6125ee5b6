/// What a request is known by until its completion has been taken.
struct RingTicket: Hashable, Sendable {
    /// The slot in the low half, the slot's use in the high half: a completion that is taken twice
    /// or that nobody asked for does not match.
    let rawValue: UInt64

    var slot: Int { Int(rawValue & 0xFFFF_FFFF) }
    var use: UInt32 { UInt32(rawValue >> 32) }

    init(slot: Int, use: UInt32) { rawValue = UInt64(use) << 32 | UInt64(slot) }
    init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The requests under way on a ring, with the buffers that the kernel may be using.
///
/// A reference, because a ring's `deinit` has to take completions out. It belongs to its ring and
/// is used by the ring's thread alone.
@safe final class RequestTable {
    private struct Slot: ~Copyable {
        var use: UInt32 = 0
        var isTaken = false
        /// Whether the kernel writes to the buffer rather than reads it.
        var isRead = false
        /// What the request's owner knows it by.
        var context: UInt32 = 0
        var buffer: IOBuffer?
    }

    /// A request that is off the table.
    struct Ended: ~Copyable {
        let isRead: Bool
        let context: UInt32
        var buffer: IOBuffer?
    }

    /// How many requests fit.
    let capacity: Int
    /// How many requests are under way.
    private(set) var count = 0
    private let slots: UnsafeMutablePointer<Slot>
    /// The slots that are not in use: the first `capacity - count` entries.
    private let free: UnsafeMutablePointer<Int>

    /// A table with room for `capacity` requests.
    init(capacity: Int) {
        self.capacity = capacity
        unsafe slots = .allocate(capacity: capacity)
        unsafe free = .allocate(capacity: capacity)
        // Each slot is initialised here and lives as long as the table.
        for index in 0..<capacity {
            unsafe (slots + index).initialize(to: Slot())
            unsafe (free + index).initialize(to: capacity - 1 - index)
        }
    }

    deinit {
        // A request still under way means that the ring could not be drained. The kernel may go on
        // using its buffer, so that memory is given up for good rather than handed to malloc.
        guard count == 0 else { return }
        unsafe slots.deinitialize(count: capacity)
        unsafe slots.deallocate()
        unsafe free.deallocate()
    }

    /// Notes a request that is about to be prepared. There must be room.
    func begin(
        with buffer: consuming IOBuffer?, isRead: Bool = false, context: UInt32 = 0
    ) -> RingTicket {
        precondition(count < capacity, "all \(capacity) requests of the ring are under way")
        // By the precondition there is a free slot, the last of those listed.
        let index = unsafe free[capacity - count - 1]
        count += 1
        // The index came from the free list, so it lies within the table.
        unsafe slots[index].use &+= 1
        unsafe slots[index].isTaken = true
        unsafe slots[index].isRead = isRead
        unsafe slots[index].context = context
        unsafe slots[index].buffer = buffer
        return unsafe RingTicket(slot: index, use: slots[index].use)
    }

    /// Takes the request with `ticket` off the table and gives its buffer back.
    func end(_ ticket: RingTicket) -> Ended {
        let index = ticket.slot
        // The bound is checked first, then that the slot is in this very use.
        precondition(index < capacity, "a completion for slot \(index) of \(capacity)")
        precondition(
            unsafe slots[index].isTaken && slots[index].use == ticket.use,
            "a completion of use \(ticket.use) for slot \(index), which is not under way")
        unsafe slots[index].isTaken = false
        count -= 1
        unsafe free[capacity - count - 1] = index
        return unsafe Ended(
            isRead: slots[index].isRead, context: slots[index].context,
            buffer: slots[index].buffer.take())
    }

    /// The requests under way.
    var tickets: [RingTicket] {
        // Each index lies within the table.
        (0..<capacity).filter { unsafe slots[$0].isTaken }.map {
            unsafe RingTicket(slot: $0, use: slots[$0].use)
        }
    }
}
