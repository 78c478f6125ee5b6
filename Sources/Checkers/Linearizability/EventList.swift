/// The calls and answers of operations that are still to be put in order, by time: a doubly linked list
/// from which an operation is lifted, and put back, in O(1), last lifted first.
///
/// Lowe, "Testing for linearizability" (Concurrency and Computation: Practice and Experience 29(4),
/// 2017), 3.1; the technique is Knuth's dancing links.
struct EventList {
    /// Where the list ends.
    static let end: Int32 = -1

    /// The first event; `end` where there is none.
    var first: Int32 { next[next.count - 1] }

    /// Event `2i` is the call of operation `i`, event `2i + 1` its answer; the last is before the first.
    private var next: [Int32]
    private var previous: [Int32]

    /// The events of operations, each with the moments of its call and its answer; all moments differ.
    init(_ operations: [(call: Int, end: Int)]) {
        var events: [(moment: Int, event: Int32)] = []
        events.reserveCapacity(operations.count * 2)
        for (place, operation) in operations.enumerated() {
            events.append((operation.call, Int32(place * 2)))
            events.append((operation.end, Int32(place * 2 + 1)))
        }
        events.sort { $0.moment < $1.moment }
        let head = Int32(events.count)
        next = Array(repeating: Self.end, count: events.count + 1)
        previous = next
        var last = head
        for (_, event) in events {
            next[Int(last)] = event
            previous[Int(event)] = last
            last = event
        }
    }

    /// The event after this one; `end` after the last.
    func event(after event: Int32) -> Int32 { next[Int(event)] }

    /// Takes both events of an operation out.
    mutating func lift(_ operation: Int) {
        unlink(operation * 2)
        unlink(operation * 2 + 1)
    }

    /// Puts both back: those of the operation that was lifted last.
    mutating func restore(_ operation: Int) {
        link(operation * 2 + 1)
        link(operation * 2)
    }

    private mutating func unlink(_ event: Int) {
        let (before, after) = (previous[event], next[event])
        next[Int(before)] = after
        if after != Self.end { previous[Int(after)] = before }
    }

    private mutating func link(_ event: Int) {
        let (before, after) = (previous[event], next[event])
        next[Int(before)] = Int32(event)
        if after != Self.end { previous[Int(after)] = Int32(event) }
    }
}
