/// Divides any number of places among members by their weights, so that each has its exact part rounded
/// down or up, and one place more changes one member's number, by one.
///
/// Place t (from 0) goes to the member whose part is due first: member i gets its place number k
/// (from 0) at t ≥ ⌊kW/wᵢ⌋ and before t = ⌈(k + 1)W/wᵢ⌉. Earliest deadline first meets all of these
/// (Baruah, Cohen, Plaxton and Varvel, "Proportionate progress", Algorithmica 15, 1996; Tijdeman, "The
/// chairman assignment problem", Discrete Mathematics 32, 1980). Ties go to the lower number. After W
/// places the order begins again.
///
/// Rejected: rounding each part, which changes all of equal weight at once, and so can move a key of
/// every member for one that comes and goes; and divisor methods, which leave the rounded part.
struct Apportionment: Sendable {
    /// Who gets place t, for t below the weights' sum (divided by what all have in common).
    private let order: [UInt32]

    /// For members of these weights, which are at least 1.
    ///
    /// - Complexity: O(W log n) time and 4 bytes for each of W, the sum of the weights divided by
    ///   their greatest common divisor.
    init(weights: [Int]) {
        precondition(weights.allSatisfy { $0 >= 1 } && !weights.isEmpty, "weights \(weights)")
        let common = weights.reduce(0, Apportionment.greatestCommonDivisor)
        order = Apportionment.order(of: weights.map { $0 / common })
    }

    /// Who gets place number `place`, counted from 0.
    func owner(ofPlace place: Int) -> UInt32 { order[place % order.count] }

    private static func order(of weights: [Int]) -> [UInt32] {
        let total = weights.reduce(0, +)
        var order: [UInt32] = []
        order.reserveCapacity(total)
        var given = [Int](repeating: 0, count: weights.count)
        // Members whose next place may be given from slot t on: lists by slot, linked by member.
        var released = [Int32](repeating: -1, count: total)
        var link = [Int32](repeating: -1, count: weights.count)
        var due = ShareQueue()
        func deadline(of member: Int) -> Int {
            ((given[member] + 1) * total + weights[member] - 1) / weights[member]
        }
        for member in weights.indices { due.insert(member, deadline: deadline(of: member)) }
        for slot in 0..<total {
            var waiting = released[slot]
            while waiting >= 0 {
                due.insert(Int(waiting), deadline: deadline(of: Int(waiting)))
                waiting = link[Int(waiting)]
            }
            guard let member = due.removeFirst() else {
                preconditionFailure("nobody is due at place \(slot) of \(total)")
            }
            order.append(UInt32(member))
            given[member] += 1
            guard given[member] < weights[member] else { continue }
            // Not before the next slot, since W/w is at least 1.
            let next = given[member] * total / weights[member]
            link[member] = released[next]
            released[next] = Int32(member)
        }
        return order
    }

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }
}

/// Members by deadline, and by number where deadlines are equal: a binary heap.
private struct ShareQueue {
    private var heap: [(deadline: Int, member: Int)] = []

    mutating func insert(_ member: Int, deadline: Int) {
        heap.append((deadline, member))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> Int? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first.member }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child] < heap[least] { least = child }
            }
            if least == parent { return first.member }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
