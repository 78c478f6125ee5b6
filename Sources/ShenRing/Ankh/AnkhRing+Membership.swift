extension AnkhRing {
    /// The ring with one member more. See `adding(contentsOf:)`.
    public func adding(_ member: RingMember) throws(RingError) -> AnkhRing {
        try adding(contentsOf: [member])
    }

    /// The ring with these members more; it is the ring that `init` makes of all of them.
    ///
    /// Only keys that the new members take change their owner.
    ///
    /// - Throws: what `init` throws for all members together; a name that is already a member's
    ///   is a duplicate.
    /// - Complexity: linear in the points of the result: the new points are sorted and merged.
    public func adding(contentsOf joining: [RingMember]) throws(RingError) -> AnkhRing {
        let all = try Membership.validated(members + joining, virtualNodes: virtualNodes)
        var joined: [RingPoint] = []
        // In the order of their numbers, which the sort keeps where positions are equal.
        for member in joining.sorted(by: { $0.name < $1.name }) {
            guard let index = Membership.index(of: member.name, in: all) else { continue }
            placement.append(member, at: Int(index), virtualNodes: virtualNodes, to: &joined)
        }
        RingPoint.sortByPosition(&joined)
        return AnkhRing(
            members: all,
            points: RingPoint.merged(
                renumberedPoints(for: all), joined,
                leftFirstAtTies: placement.has(.tiesByArrival)),
            virtualNodes: virtualNodes, placement: placement)
    }

    /// The ring without the member called `name`. See `removing(contentsOf:)`.
    public func removing(_ name: NodeName) throws(RingError) -> AnkhRing {
        try removing(contentsOf: [name])
    }

    /// The ring without the members that have these names; only their keys change their owner.
    ///
    /// - Throws: `unknownMember` for a name that no member has, `duplicateName` for one that is
    ///   given twice, `noMembers` when none would be left.
    /// - Complexity: linear in the points.
    public func removing(contentsOf leaving: [NodeName]) throws(RingError) -> AnkhRing {
        var gone = Set<NodeName>()
        for name in leaving {
            guard index(of: name) != nil else { throw .unknownMember(name) }
            guard gone.insert(name).inserted else { throw .duplicateName(name) }
        }
        let rest = members.filter { !gone.contains($0.name) }
        guard !rest.isEmpty else { throw .noMembers }
        return AnkhRing(
            members: rest, points: renumberedPoints(for: rest),
            virtualNodes: virtualNodes, placement: placement)
    }

    /// The points of the members that are also in `others`, under the numbers they have there.
    ///
    /// Both lists are ordered by name, so the numbers keep their order and the points stay sorted.
    private func renumberedPoints(for others: [RingMember]) -> [RingPoint] {
        let numbers = Membership.renumbering(from: members, to: others)
        return table.withPoints { points in
            var kept: [RingPoint] = []
            kept.reserveCapacity(points.count)
            for index in points.indices {
                let point = points[index]
                guard let owner = numbers[Int(point.owner)] else { continue }
                kept.append(RingPoint(position: point.position, owner: owner))
            }
            return kept
        }
    }
}
