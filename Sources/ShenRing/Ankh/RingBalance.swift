/// How evenly a ring spreads the circle over its members: computed from the arcs, not sampled.
public struct RingBalance: Hashable, Sendable {
    /// The share of the circle that each member owns, in the order of the ring's `members`; they
    /// add up to the whole.
    public let shares: [CircleShare]
    /// The members' loads: what each owns, divided by what its weight entitles it to. Their mean
    /// is 1 where the weights are equal.
    public let loads: [Double]

    /// The standard deviation of the loads around 1, over the members as the whole population.
    public var relativeStandardDeviation: Double {
        let squares = loads.reduce(0) { $0 + ($1 - 1) * ($1 - 1) }
        return (squares / Double(loads.count)).squareRoot()
    }

    /// The load of the most loaded member: how much more than its part it carries.
    public var maximumOverMean: Double { loads.reduce(0) { Swift.max($0, $1) } }

    /// The load of the least loaded member.
    public var minimumOverMean: Double { loads.reduce(.infinity) { Swift.min($0, $1) } }
}

extension AnkhRing {
    /// What each member owns of the circle, exactly, and how far that is from its weight.
    ///
    /// - Complexity: linear in the points.
    public func balance() -> RingBalance {
        var positions = [UInt128](repeating: 0, count: members.count)
        table.withPoints { points in
            // The first point's arc begins at the last point, across the end of the circle.
            var after = points[points.count - 1].position
            if points[0].position == after {
                // All points on one position: the first owns the whole circle.
                positions[Int(points[0].owner)] = CircleShare.whole.positions
                return
            }
            for index in points.indices {
                let point = points[index]
                // Points on one position but the first have no arc.
                positions[Int(point.owner)] += UInt128(point.position &- after)
                after = point.position
            }
        }
        let totalWeight = Double(members.reduce(0) { $0 + $1.weight })
        let shares = positions.map { CircleShare(positions: $0) }
        let loads = zip(shares, members).map { share, member in
            share.fraction * totalWeight / Double(member.weight)
        }
        return RingBalance(shares: shares, loads: loads)
    }
}
