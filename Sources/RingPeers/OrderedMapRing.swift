public import COrderedRing
public import ShenRing

/// The ring as most programs have it: a C++ `std::map` from a point's position to its owner, which
/// a lookup searches by `lower_bound`.
///
/// It has the points of an `AnkhRing`, so it gives the same owners. They are inserted node by node,
/// as a program inserts them; in the order of their positions the nodes of the tree would lie side
/// by side in memory, which no running system sees.
///
/// `@unchecked Sendable`: the map is built in `init`, only read after that, and freed in `deinit` by
/// the only owner.
@safe @frozen public struct OrderedMapRing: ~Copyable, KeyLocator, @unchecked Sendable {
    @usableFromInline let map: OpaquePointer

    /// A map of the points of `ring`; `nil` when memory runs out.
    ///
    /// - Complexity: O(n log n).
    public init?(_ ring: borrowing AnkhRing) {
        let count = ring.members.count
        var byOwner = [[UInt64]](repeating: [], count: count)
        for point in ring.points() { byOwner[Int(point.owner)].append(point.position) }
        let owners = byOwner.indices.flatMap { owner in
            [UInt32](repeating: UInt32(owner), count: byOwner[owner].count)
        }
        let positions = byOwner.flatMap { $0 }
        // Sound: both arrays hold `positions.count` elements and are only read during the call.
        guard let map = unsafe ordered_ring_create(positions, owners, positions.count) else {
            return nil
        }
        unsafe self.map = map
    }

    deinit {
        // Sound: made by `ordered_ring_create` and destroyed once.
        unsafe ordered_ring_destroy(map)
    }

    /// The owner of the first point at or after `hash`, clockwise.
    @inlinable @inline(__always)
    public borrowing func owner(ofHash hash: UInt64) -> UInt32 {
        // Sound: the map lives as long as `self`, and a ring has a point.
        unsafe ordered_ring_owner(map, hash)
    }
}
