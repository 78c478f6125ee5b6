extension AnkhRing {
    /// The arcs whose owner is another member in `newer`, clockwise, adjacent ones with the same
    /// two owners joined.
    ///
    /// A key moves exactly if its position is on one of the arcs. Members are the same where their
    /// names are. When one member joins or leaves, every arc moves to it or from it.
    ///
    /// - Complexity: linear in the points of both rings.
    public func movedRanges(to newer: borrowing AnkhRing) -> [MovedRange] {
        let numbers = Membership.renumbering(from: members, to: newer.members)
        var runs = ArcRuns<OwnerChange>()
        for arc in commonArcs(with: newer) {
            let change = OwnerChange(
                from: owner(ofPoint: arc.oldPoint), to: newer.owner(ofPoint: arc.newPoint))
            if numbers[Int(change.from)] != change.to { runs.append(arc.arc, change) }
        }
        return runs.joined().map { run in
            MovedRange(arc: run.arc, from: run.change.from, to: run.change.to)
        }
    }

    /// The arcs whose set of `replicationFactor` replicas is another one in `newer`, clockwise,
    /// adjacent ones with the same replicas joined.
    ///
    /// Only the set counts, not its order: a key whose owner and second replica change places
    /// needs no copying. A ring with fewer members than `replicationFactor` has all of them as
    /// every key's replicas.
    ///
    /// - Precondition: `replicationFactor` is at least 1.
    /// - Complexity: linear in the points of both rings, times a walk over that many replicas.
    public func movedReplicas(
        to newer: borrowing AnkhRing, replicationFactor: Int
    ) -> [MovedReplicas] {
        let forward = Membership.renumbering(from: members, to: newer.members)
        let backward = Membership.renumbering(from: newer.members, to: members)
        var runs = ArcRuns<ReplicaChange>()
        for arc in commonArcs(with: newer) {
            let change = ReplicaChange(
                from: replicas(from: arc.oldPoint, count: replicationFactor),
                to: newer.replicas(from: arc.newPoint, count: replicationFactor))
            let stays = change.leaving(forward).isEmpty && change.joining(backward).isEmpty
            if !stays { runs.append(arc.arc, change) }
        }
        return runs.joined().map { run in
            MovedReplicas(
                arc: run.arc, from: run.change.from, to: run.change.to,
                leaving: run.change.leaving(forward), joining: run.change.joining(backward))
        }
    }
}

extension AnkhRing {
    /// The arcs on which neither ring has a point but at the end, clockwise from the last point of
    /// both across the end of the circle.
    private func commonArcs(with newer: borrowing AnkhRing) -> [CommonArc] {
        let arcs = table.withPoints { old in
            newer.table.withPoints { new in AnkhRing.commonArcs(of: old, new) }
        }
        return withMistakes(arcs)
    }

    /// The arcs as they are, unless a mistake was planted that concerns them.
    private func withMistakes(_ arcs: [CommonArc]) -> [CommonArc] {
        if placement.has(.lastArcLost) { return arcs.filter { $0.arc.after < $0.arc.through } }
        guard placement.has(.rangeEndsShifted) else { return arcs }
        return arcs.map { arc in
            let shifted = HashArc(after: arc.arc.after &- 1, through: arc.arc.through &- 1)
            return CommonArc(arc: shifted, oldPoint: arc.oldPoint, newPoint: arc.newPoint)
        }
    }

    private static func commonArcs(
        of old: Span<RingPoint>, _ new: Span<RingPoint>
    ) -> [CommonArc] {
        var arcs: [CommonArc] = []
        arcs.reserveCapacity(max(old.count, new.count))
        var after = max(old[old.count - 1].position, new[new.count - 1].position)
        var (next, other) = (0, 0)
        while next < old.count || other < new.count {
            let through = min(
                next < old.count ? old[next].position : .max,
                other < new.count ? new[other].position : .max)
            // Beyond its last point a ring goes on at its first.
            arcs.append(
                CommonArc(
                    arc: HashArc(after: after, through: through),
                    oldPoint: next < old.count ? next : 0,
                    newPoint: other < new.count ? other : 0))
            after = through
            while next < old.count, old[next].position == through { next += 1 }
            while other < new.count, new[other].position == through { other += 1 }
        }
        return arcs
    }
}

/// An arc that one point of each of two rings owns, and the numbers of these points.
private struct CommonArc {
    let arc: HashArc
    let oldPoint: Int
    let newPoint: Int
}

/// One owner before and one after.
private struct OwnerChange: Equatable {
    let from: UInt32
    let to: UInt32
}

/// The replicas before and after, each under the numbers of its ring.
private struct ReplicaChange: Equatable {
    let from: [UInt32]
    let to: [UInt32]

    /// Those of `from` that are not in `to`; `forward` renumbers the older ring's members.
    func leaving(_ forward: [UInt32?]) -> [UInt32] {
        ReplicaChange.missing(from, from: to, renumbered: forward)
    }

    /// Those of `to` that are not in `from`; `backward` renumbers the newer ring's members.
    func joining(_ backward: [UInt32?]) -> [UInt32] {
        ReplicaChange.missing(to, from: from, renumbered: backward)
    }

    private static func missing(
        _ members: [UInt32], from others: [UInt32], renumbered numbers: [UInt32?]
    ) -> [UInt32] {
        members.filter { member in
            guard let number = numbers[Int(member)] else { return true }
            return !others.contains(number)
        }
    }
}

/// Arcs in clockwise order with what changes on them, adjacent ones with the same change joined.
private struct ArcRuns<Change: Equatable> {
    private var runs: [(arc: HashArc, change: Change)] = []

    mutating func append(_ arc: HashArc, _ change: Change) {
        if let last = runs.last, last.arc.through == arc.after, last.change == change {
            runs[runs.count - 1].arc = HashArc(after: last.arc.after, through: arc.through)
        } else {
            runs.append((arc, change))
        }
    }

    /// All runs, the last joined with the first where they meet and their changes are the same.
    consuming func joined() -> [(arc: HashArc, change: Change)] {
        guard runs.count > 1, let first = runs.first, let last = runs.last,
            last.arc.through == first.arc.after, last.change == first.change
        else { return runs }
        runs[0].arc = HashArc(after: last.arc.after, through: first.arc.through)
        runs.removeLast()
        return runs
    }
}
