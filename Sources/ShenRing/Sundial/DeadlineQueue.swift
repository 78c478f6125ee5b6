import StateMachines

/// Deadlines of nodes, the earliest first: a binary heap.
///
/// A node may have several; whoever takes one asks whether it still holds. Moves of a deadline are new
/// ones, so that nothing has to be found.
struct DeadlineQueue: Sendable {
    private struct Item: Sendable, Comparable {
        var moment: Moment
        let node: NodeID

        static func < (left: Item, right: Item) -> Bool {
            (left.moment, left.node) < (right.moment, right.node)
        }
    }

    private var heap: [Item] = []

    /// The earliest deadline; nil where there is none.
    var first: Moment? { heap.first?.moment }

    /// Adds a deadline. O(log n).
    mutating func insert(_ node: NodeID, at moment: Moment) {
        heap.append(Item(moment: moment, node: node))
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place] < heap[parent] else { return }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    /// Takes the earliest deadline, where it has come. O(log n).
    mutating func takeDue(at now: Moment) -> NodeID? {
        guard let first = heap.first, first.moment <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return first.node
    }

    private mutating func sink() {
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child] < heap[least] { least = child }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }

    /// Moves all deadlines by the same span, which leaves their order. O(n).
    mutating func shift(by span: Span) {
        for place in heap.indices { heap[place].moment = heap[place].moment + span }
    }

    /// Forgets all.
    mutating func removeAll() { heap.removeAll() }
}
