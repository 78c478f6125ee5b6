/// Which positions each node has copies of: what there is, whatever a ring says there should be.
public struct Holdings: Hashable, Sendable {
    /// By name; a node that has nothing is not there.
    private(set) var arcs: [NodeName: ArcSet]

    /// Nobody has anything.
    public init() { arcs = [:] }

    /// What nodes have on which `ring` and nothing else has decided: each arc with its
    /// `replicationFactor` replicas, or with all members where they are fewer.
    ///
    /// - Complexity: linear in the points, times a walk over that many replicas.
    public init(of ring: borrowing AnkhRing, replicationFactor: Int) {
        precondition(replicationFactor >= 1, "\(replicationFactor) replicas")
        var held = [[HashArc]](repeating: [], count: ring.members.count)
        let points = ring.points()
        var after = points[points.count - 1].position
        for (place, point) in points.enumerated() {
            defer { after = point.position }
            // Only the first point of a position has an arc; where all share one, it is the circle.
            if place > 0, point.position == after { continue }
            let arc = HashArc(after: after, through: point.position)
            for member in ring.replicas(from: place, count: replicationFactor) {
                held[Int(member)].append(arc)
            }
        }
        arcs = [:]
        for (member, its) in zip(ring.members, held) where !its.isEmpty {
            arcs[member.name] = ArcSet(its)
        }
    }

    /// The names of those that have something, in their order.
    public var names: [NodeName] { arcs.keys.sorted() }

    /// What a node has.
    public subscript(name: NodeName) -> ArcSet {
        get { arcs[name] ?? ArcSet() }
        set { arcs[name] = newValue.isEmpty ? nil : newValue }
    }

    /// Who has the position `hash`, in the order of names. Linear in the nodes.
    public func holders(ofHash hash: UInt64) -> [NodeName] {
        names.filter { self[$0].contains(hash) }
    }

    /// The positions that nobody has.
    public var uncovered: ArcSet {
        ArcSet(arcs.values.flatMap(\.arcs)).complement
    }
}
