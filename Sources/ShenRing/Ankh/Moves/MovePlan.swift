/// An arc of the circle that has to change hands: who has it, who is to get it, and who may give it up
/// after that.
public struct Handover: Hashable, Sendable {
    /// The positions.
    public let arc: HashArc
    /// Who has them, those first that may give them up: a copy made from one of these leaves the others
    /// as they are, and takes away from no quorum (the consistent range movement of Cassandra).
    public let holders: [NodeName]
    /// Who is to have them and has not.
    public let joining: [NodeName]
    /// Those of the holders that are not to have them any more.
    public let leaving: [NodeName]

    /// A handover of `arc`.
    public init(arc: HashArc, holders: [NodeName], joining: [NodeName], leaving: [NodeName]) {
        self.arc = arc
        self.holders = holders
        self.joining = joining
        self.leaving = leaving
    }
}

/// What has to be copied, and may be dropped after that, so that every position has the replicas that a
/// ring gives it: nothing that is in its place is touched.
public struct MovePlan: Hashable, Sendable {
    /// What changes hands, clockwise; arcs do not overlap.
    public let handovers: [Handover]

    /// These handovers, whose arcs do not overlap.
    init(handovers: [Handover]) { self.handovers = handovers }

    /// The way from one ring to another, where nodes have exactly what `old` gives them.
    ///
    /// - Parameters:
    ///   - replicationFactor: copies of each position, at least 1; a ring that has fewer members has it
    ///     with all of them.
    ///   - mostShare: what is larger is cut into arcs of at most this much, which move one by one.
    /// - Complexity: as `AnkhRing.movedReplicas`.
    public init(
        from old: borrowing AnkhRing, to new: borrowing AnkhRing, replicationFactor: Int,
        mostShare: CircleShare = .whole
    ) {
        let (before, after) = (old.members, new.members)
        let ranges = old.movedReplicas(to: new, replicationFactor: replicationFactor)
        handovers = ranges.flatMap { range in
            let leaving = range.leaving.map { before[Int($0)].name }
            let staying = range.from.map { before[Int($0)].name }.filter { !leaving.contains($0) }
            return range.arc.cut(into: mostShare).map { arc in
                Handover(
                    arc: arc, holders: leaving + staying,
                    joining: range.joining.map { after[Int($0)].name }, leaving: leaving)
            }
        }
    }

    /// The way from what nodes have, which may be what a plan that was broken off has left, to a ring.
    ///
    /// Positions that nobody has are no handovers: `Holdings.uncovered` tells them.
    ///
    /// - Complexity: O(n log n) in the points of the ring and the arcs that are held, times the
    ///   replicas.
    public init(
        from holdings: Holdings, to new: borrowing AnkhRing, replicationFactor: Int,
        mostShare: CircleShare = .whole
    ) {
        let target = Holdings(of: new, replicationFactor: replicationFactor)
        let names = Set(holdings.names).union(target.names).sorted()
        let (held, wanted) = (names.map { holdings[$0] }, names.map { target[$0] })
        handovers = ArcSweep(held + wanted).flatMap { arc, members in
            let has = members.filter { $0 < names.count }
            let needs = members.filter { $0 >= names.count }.map { $0 - names.count }
            let leaving = has.filter { !needs.contains($0) }
            let joining = needs.filter { !has.contains($0) }
            guard !has.isEmpty, !(leaving.isEmpty && joining.isEmpty) else { return [Handover]() }
            let holders = leaving + has.filter { needs.contains($0) }
            return arc.cut(into: mostShare).map { arc in
                Handover(
                    arc: arc, holders: holders.map { names[$0] },
                    joining: joining.map { names[$0] }, leaving: leaving.map { names[$0] })
            }
        }
    }

    /// How much has to be copied, each copy counted.
    ///
    /// In circles: 1 stands for as much data as all keys once.
    public var copied: Double {
        handovers.reduce(0) { $0 + $1.arc.share.fraction * Double($1.joining.count) }
    }
}

extension HashArc {
    /// The arc in pieces of at most `most`, all but the last as large as that.
    func cut(into most: CircleShare) -> [HashArc] {
        precondition(most > .none, "pieces of nothing")
        var pieces: [HashArc] = []
        var (start, rest) = (after, share.positions)
        while rest > most.positions {
            let end = start &+ UInt64(truncatingIfNeeded: most.positions)
            pieces.append(HashArc(after: start, through: end))
            start = end
            rest -= most.positions
        }
        pieces.append(HashArc(after: start, through: through))
        return pieces
    }
}
