extension AnkhRing {
    /// The part of the circle whose keys have another owner in `other`: what two nodes that have these
    /// rings disagree about. Exact, from the arcs.
    ///
    /// - Complexity: linear in the points of both.
    public func disagreement(with other: borrowing AnkhRing) -> CircleShare {
        movedRanges(to: other).moved
    }

    /// The part of the circle whose keys have another set of replicas in `other`.
    ///
    /// - Complexity: as `movedReplicas`.
    public func disagreement(
        with other: borrowing AnkhRing, replicationFactor: Int
    ) -> CircleShare {
        movedReplicas(to: other, replicationFactor: replicationFactor).moved
    }

    /// The positions whose owner is another member in `other`.
    public func contested(with other: borrowing AnkhRing) -> ArcSet {
        ArcSet(movedRanges(to: other).lazy.map(\.arc))
    }
}
