/// The number of a grant: strictly greater than that of every grant before it, in any epoch.
///
/// It goes with every write to the guarded resource, which refuses what is older than the newest it has
/// seen. That, and not the lease, is what keeps a writer out whose right is over: the writer may be paused
/// between its last look at the clock and the write, and the write may be late on its way (Kleppmann, "How
/// to do distributed locking", 2016; the lease with a sequencer of Burrows, "The Chubby lock service",
/// 2006, section 2.4).
public struct FencingNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number of the token's epoch.
    public let epoch: UInt64
    /// Counts the grants of the epoch from 1.
    public let grant: UInt64

    /// The number of a grant in an epoch.
    public init(epoch: UInt64, grant: UInt64) {
        self.epoch = epoch
        self.grant = grant
    }

    /// The number as one word in the same order, for resources that compare words; nil where the epoch or
    /// the grant takes more than 32 bits.
    public var packed: UInt64? {
        guard epoch <= UInt32.max, grant <= UInt32.max else { return nil }
        return epoch << 32 | grant
    }

    /// By epoch, then by grant.
    public static func < (left: FencingNumber, right: FencingNumber) -> Bool {
        (left.epoch, left.grant) < (right.epoch, right.grant)
    }

    /// `f`, the epoch, a dot and the grant.
    public var description: String { "f\(epoch).\(grant)" }
}
