import Synchronization

/// Whom a routing table lets send.
@frozen @usableFromInline
enum Admission: UInt8, Sendable {
    /// Everybody.
    case everybody
    /// The pool is being stopped: its own workers, until the last message has been handled.
    case workers
    /// The pool has not begun: nobody.
    case nobody
}

/// Who is in the pool, and how keys are given to them: immutable, replaced as a whole.
///
/// It always knows how many workers there are, also where it lets nobody send: whoever works out
/// an index first, and then asks whether it may send, divides by no zero.
///
/// `@unchecked Sendable`: the memory of the inlets is written in `init` and freed in `deinit`; in
/// between it is only read, and the inlets may be used by any thread.
@safe @frozen @usableFromInline
struct RoutingTable<Message: Sendable, Response: Sendable>: ~Copyable, @unchecked Sendable {
    /// A table that admits nobody has no inlets.
    @usableFromInline let admission: Admission
    @usableFromInline let quick: Partitioning.Quick
    @usableFromInline let count: Int
    @usableFromInline let inlets: UnsafeMutablePointer<Inlet<Message, Response>>
    @usableFromInline let partitioning: Partitioning

    /// The table over inlets, which are cloned.
    init(_ boxes: [InletBox<Message, Response>], _ partitioning: Partitioning) {
        admission = .everybody
        self.partitioning = partitioning
        quick = partitioning.quick
        count = boxes.count
        // Sound: as much room as inlets, all of it initialised below.
        unsafe inlets = .allocate(capacity: max(1, boxes.count))
        for (index, box) in boxes.enumerated() {
            unsafe (inlets + index).initialize(to: box.inlet.clone())
        }
    }

    /// The table before there are inlets, for so many workers.
    init(beforeStart count: Int, _ partitioning: Partitioning) {
        admission = .nobody
        self.partitioning = partitioning
        quick = partitioning.quick
        self.count = count
        // Sound: never initialised, and never looked at.
        unsafe inlets = .allocate(capacity: 1)
    }

    /// A table over the inlets of another, for the workers alone.
    init(closing table: borrowing RoutingTable) {
        admission = .workers
        partitioning = table.partitioning
        quick = table.quick
        count = table.count
        let wasOpen = table.isOpen
        precondition(wasOpen, "a table is closed that is not open")
        // Sound: as above; the other table is open, so that all its inlets are initialised.
        unsafe inlets = .allocate(capacity: max(1, table.count))
        for index in 0..<table.count {
            unsafe (inlets + index).initialize(to: table.inlets[index].clone())
        }
    }

    deinit {
        if admission != .nobody { unsafe inlets.deinitialize(count: count) }
        unsafe inlets.deallocate()
    }

    /// Whether everybody may send.
    @inlinable @inline(__always)
    var isOpen: Bool { admission == .everybody }

    /// Index for `key`; of a custom rule whatever it says.
    @inlinable @inline(__always)
    borrowing func index<Key: PartitionKey>(
        of key: Key, turn: inout RoundRobinPartitioner
    ) -> Int {
        switch quick {
        case .hash: HashPartitioner().index(of: key, among: count)
        case .consistent: ConsistentPartitioner().index(of: key, among: count)
        case .roundRobin: turn.turn(among: count)
        case .other: partitioning.index(of: KeyPlace(key), among: count, turn: &turn)
        }
    }
}

/// The latest routing table, and the senders that read it.
///
/// `@unchecked Sendable`: `current` is atomic; a table is freed by who replaced it, once no sender
/// is in the middle of a send by it, or in `deinit`, when no sender is left.
@safe @usableFromInline
final class Routes<Message: Sendable, Response: Sendable>: @unchecked Sendable {
    @usableFromInline typealias Table = RoutingTable<Message, Response>

    private let padding = InlineArray<14, UInt64>(repeating: 0)
    @usableFromInline let current: Atomic<UnsafeMutablePointer<Table>>
    private let paddingAfter = InlineArray<15, UInt64>(repeating: 0)
    let slots = SenderSlots()
    /// Whether the last message of a pool that is being stopped has been handled, or given up.
    @usableFromInline let isOver = Atomic(false)
    /// How long a requester looks for its answer before it sleeps, as it begins.
    let replyPatience: ReplyPatience
    /// Whether keys take turns, by any of the tables.
    let keysTakeTurns: Bool

    init(_ table: consuming Table, _ replyPatience: ReplyPatience) {
        self.replyPatience = replyPatience
        keysTakeTurns = !table.partitioning.hasOwners
        unsafe current = Atomic(Self.allocate(table))
    }

    deinit {
        // Sound: every sender keeps this object alive, so none is left.
        unsafe Self.free(current.load(ordering: .acquiring))
    }

    /// Makes `table` the latest, and returns when all sends by the one before are over: what they
    /// sent is in its inboxes. One thread at a time.
    func replace(by table: consuming Table) {
        // Releasing: pairs with the acquiring load in `PoolSender.enter`.
        let old = unsafe current.exchange(
            Self.allocate(table), ordering: .sequentiallyConsistent)
        slots.awaitQuiescence()
        unsafe Self.free(old)
    }

    /// Refuses everybody but the pool's own workers from now on; as `replace`.
    func close() {
        // Sound: only who replaces a table frees it, which is the caller alone.
        let table = unsafe current.load(ordering: .acquiring)
        replace(by: unsafe RoutingTable(closing: table.pointee))
    }

    /// Refuses the workers as well. Any thread.
    func end() {
        // Relaxed: who has to know is told by an order to end, which comes after this.
        isOver.store(true, ordering: .relaxed)
    }

    /// Takes the slot of a sender that goes away.
    @usableFromInline
    func giveBack(_ slot: SenderSlot) { slots.giveBack(slot) }

    private static func allocate(_ table: consuming Table) -> UnsafeMutablePointer<Table> {
        // Sound: room for one table, initialised before anyone sees the pointer.
        let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        unsafe memory.initialize(to: table)
        return unsafe memory
    }

    private static func free(_ table: UnsafeMutablePointer<Table>) {
        // Nobody else has it any more: see the callers.
        unsafe table.deinitialize(count: 1)
        unsafe table.deallocate()
    }
}
