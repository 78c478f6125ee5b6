extension AnkhRing {
    /// Writes the members that hold the replicas of the position `hash`, and returns how many.
    ///
    /// They are the distinct members met when walking clockwise from `hash`; the first is its
    /// owner. As many as `replicas` has places, or all members where the ring has fewer: the caller
    /// sees a count below what it asked for and decides whether a degraded set will do. Places
    /// beyond the count are left as they were.
    ///
    /// - Complexity: expected O(r²) for r replicas well below the number of members; up to
    ///   O(points · r) for all of them. No allocation.
    @inlinable
    public borrowing func replicas(
        ofHash hash: UInt64, into replicas: inout MutableSpan<UInt32>
    ) -> Int {
        walk(from: table.position(ofHash: hash), into: &replicas)
    }

    /// Writes the members that hold the replicas of an 8-byte key, and returns how many. See
    /// `replicas(ofHash:into:)`.
    @inlinable
    public borrowing func replicas(
        ofKey key: UInt64, into replicas: inout MutableSpan<UInt32>
    ) -> Int {
        self.replicas(ofHash: KeyHash.position(of: key), into: &replicas)
    }

    /// The members that hold the replicas of the position `hash`, its owner first: `count` of
    /// them, or all members where the ring has fewer.
    public borrowing func replicas(ofHash hash: UInt64, count: Int) -> [UInt32] {
        replicas(from: table.position(ofHash: hash), count: count)
    }

    /// The distinct members from point number `position` on; `pointCount` stands for the first.
    borrowing func replicas(from position: Int, count: Int) -> [UInt32] {
        precondition(count > 0, "\(count) replicas asked for")
        if placement.has(.replicasByPoint) { return nextOwners(from: position, count: count) }
        var found = [UInt32](repeating: 0, count: min(count, members.count))
        var places = found.mutableSpan
        _ = walk(from: position, into: &places)
        return found
    }

    @inlinable
    borrowing func walk(from position: Int, into replicas: inout MutableSpan<UInt32>) -> Int {
        let wanted = min(replicas.count, members.count)
        var found = 0
        var position = position
        // Every member has a point, so a walk once around the circle finds them all.
        while found < wanted {
            if position >= table.pointCount { position = 0 }
            // Sound: `position` was just brought below the number of points.
            let candidate = unsafe table.points[position].owner
            position &+= 1
            var earlier = 0
            while earlier < found, replicas[earlier] != candidate { earlier &+= 1 }
            if earlier == found {
                replicas[found] = candidate
                found &+= 1
            }
        }
        return found
    }

    /// The owners of the next points, be they the same: the mistake `replicasByPoint`.
    private borrowing func nextOwners(from position: Int, count: Int) -> [UInt32] {
        table.withPoints { points in
            (0..<min(count, members.count)).map { points[(position + $0) % points.count].owner }
        }
    }
}
