/// Cuts the circle where any of several sets of positions begins or ends, and says of each piece which of
/// them have it.
///
/// Pieces come in order from 0 to the highest position, each as long as the same sets have it; but the
/// one across the end of the circle comes as two.
struct ArcSweep: Sequence {
    private let edges: [Edge]

    /// Where set number `member` begins to have positions, or has no more.
    fileprivate struct Edge {
        let position: UInt64
        let member: Int
        let isStart: Bool
    }

    /// A sweep over these sets, which are numbered from 0. O(n log n) in their arcs.
    init(_ sets: [ArcSet]) {
        var edges: [Edge] = []
        for (member, set) in sets.enumerated() {
            for stretch in set.stretches {
                edges.append(Edge(position: stretch.lowerBound, member: member, isStart: true))
                // What goes to the end of the circle ends nowhere before it.
                guard stretch.upperBound < .max else { continue }
                edges.append(
                    Edge(position: stretch.upperBound + 1, member: member, isStart: false))
            }
        }
        self.edges = edges.sorted { $0.position < $1.position }
    }

    func makeIterator() -> Iterator { Iterator(edges: edges) }

    /// Goes through the pieces.
    struct Iterator: IteratorProtocol {
        fileprivate let edges: [Edge]
        private var upcoming = 0
        private var start: UInt64 = 0
        private var isOver = false
        /// The sets that have what comes next, in their order.
        private var members: [Int] = []

        fileprivate init(edges: [Edge]) { self.edges = edges }

        /// The next piece and the numbers of the sets that have it, in their order.
        mutating func next() -> (arc: HashArc, members: [Int])? {
            while upcoming < edges.count, edges[upcoming].position == start {
                take(edges[upcoming])
            }
            if isOver { return nil }
            let before = start
            guard upcoming < edges.count else {
                isOver = true
                return (HashArc(after: before &- 1, through: .max), members)
            }
            start = edges[upcoming].position
            return (HashArc(after: before &- 1, through: start - 1), members)
        }

        private mutating func take(_ edge: Edge) {
            upcoming += 1
            let place = members.firstIndex { $0 >= edge.member } ?? members.count
            if edge.isStart {
                members.insert(edge.member, at: place)
            } else {
                members.remove(at: place)
            }
        }
    }
}
