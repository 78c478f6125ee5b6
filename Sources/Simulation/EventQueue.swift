/// Something that comes at a moment of the simulator's clock, without what it carries: that lies in a
/// slab, so that events are small and moving them counts no references.
struct Event {
    enum Kind: UInt8 {
        /// The message in the slot reaches the node.
        case arrival
        /// The node's processor is through with what is first in its inbox.
        case served
        /// The node's disk is through with a sync.
        case synced
        /// The fault in the slot comes.
        case fault
        /// The alarm in the slot comes.
        case alarm
    }

    /// Nanoseconds of the simulator's clock.
    let time: Int64
    /// The number of the event among all that were made, and its kind in the lowest bits.
    let order: UInt64
    let node: UInt32
    /// A slot, or the ticket that tells whether the event is still meant.
    let slot: UInt32

    private static let kindBits: UInt64 = 3

    init(_ kind: Kind, at time: Int64, sequence: UInt64, node: Int, slot: UInt32) {
        self.time = time
        order = sequence << Self.kindBits | UInt64(kind.rawValue)
        self.node = UInt32(node)
        self.slot = slot
    }

    var kind: Kind {
        guard let kind = Kind(rawValue: UInt8(order & (1 << Self.kindBits - 1))) else {
            preconditionFailure("no kind of event in \(order)")
        }
        return kind
    }

    /// Orders those of one time as well: earlier made ones first.
    var sequence: UInt64 { order >> Self.kindBits }

    static func < (left: Event, right: Event) -> Bool {
        left.time < right.time || (left.time == right.time && left.order < right.order)
    }
}

/// Events by time: a heap of four children a node, in an array.
///
/// Four children rather than two halve the levels, and all four lie next to each other (LaMarca and
/// Ladner, "The influence of caches on the performance of heaps", JEA 1, 1996). O(log n) to put in and
/// to take out, O(1) to look.
struct EventQueue {
    private var heap: [Event] = []

    var count: Int { heap.count }

    /// The event that is next.
    var first: Event? { heap.first }

    mutating func insert(_ event: Event) {
        heap.append(event)
        var hole = heap.count - 1
        while hole > 0 {
            let parent = (hole - 1) >> 2
            guard event < heap[parent] else { break }
            heap[hole] = heap[parent]
            hole = parent
        }
        heap[hole] = event
    }

    /// Takes out the event that is next, which there must be.
    mutating func removeFirst() {
        let last = heap.removeLast()
        if !heap.isEmpty { fill(with: last) }
    }

    /// Puts an event where the root was taken: the hole sinks below it.
    private mutating func fill(with event: Event) {
        let count = heap.count
        var hole = 0
        while true {
            let child = hole << 2 + 1
            guard child < count else { break }
            var least = child
            for other in child + 1..<Swift.max(child + 1, Swift.min(child + 4, count))
            where heap[other] < heap[least] {
                least = other
            }
            guard heap[least] < event else { break }
            heap[hole] = heap[least]
            hole = least
        }
        heap[hole] = event
    }
}
