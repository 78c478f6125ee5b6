public import ShenRing

/// Jump consistent hash: the owner computed from the hash and the number of nodes, without a table.
///
/// Source: Lamping and Veach, "A fast, minimal memory, consistent hash algorithm", 2014
/// (arXiv:1406.2294); the published algorithm without deviation. It takes O(log n) steps of a
/// multiplication and a division. Nodes are numbers: only the last one can leave without
/// renumbering the others, there are no weights and no replicas.
@frozen public struct JumpHash: KeyLocator, Sendable {
    /// How many nodes there are.
    public let nodeCount: UInt32

    /// Over `nodeCount` nodes, at least 1 and at most 2³¹ − 1 as in the paper.
    public init(nodeCount: UInt32) {
        precondition(
            nodeCount > 0 && nodeCount <= UInt32(Int32.max), "\(nodeCount) nodes")
        self.nodeCount = nodeCount
    }

    /// The node of the position `hash`, below `nodeCount`.
    @inlinable @inline(__always)
    public borrowing func owner(ofHash hash: UInt64) -> UInt32 {
        var state = hash
        var bucket: Int64 = 0
        var next: Int64 = 0
        while next < Int64(nodeCount) {
            bucket = next
            state = state &* 2_862_933_555_777_941_757 &+ 1
            // Below 2³¹ · 2³¹, so the conversion cannot trap.
            next = Int64(Double(bucket &+ 1) * (0x1p31 / Double((state &>> 33) &+ 1)))
        }
        return UInt32(truncatingIfNeeded: bucket)
    }
}
