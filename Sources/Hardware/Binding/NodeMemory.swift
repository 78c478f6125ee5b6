import CNuma
import Glibc

/// On which NUMA nodes memory lies, by libnuma: asking the kernel, and moving pages.
///
/// Any thread may call any of it.
public enum NodeMemory {
    /// How many pages of something lie on a node.
    public struct Share: Codable, Equatable, Sendable {
        /// The kernel's number of the node.
        public var node: Int
        /// Pages, of ordinary size.
        public var pages: Int

        /// Memberwise.
        public init(node: Int, pages: Int) {
            self.node = node
            self.pages = pages
        }
    }

    /// Where the pages of something lie.
    public struct Placement: Codable, Equatable, Sendable, CustomStringConvertible {
        /// By node, in ascending order; nodes without a page are left out.
        public var shares: [Share]
        /// Pages that lie on no node: never written to, or swapped out.
        public var absent: Int

        /// Memberwise.
        public init(shares: [Share], absent: Int) {
            self.shares = shares
            self.absent = absent
        }

        /// Whether every page lies on `node`.
        public func isWhole(on node: Int) -> Bool {
            absent == 0 && shares.map(\.node) == [node]
        }

        /// Such as `node 0: 17 pages, absent: 2`.
        public var description: String {
            let parts = shares.map { "node \($0.node): \(counted($0.pages, "page"))" }
            return (parts + (absent > 0 ? ["absent: \(absent)"] : [])).joined(separator: ", ")
        }
    }

    /// Where the pages lie that hold any of `range`, by the kernel's word. O(pages).
    ///
    /// - Parameter range: not empty; not read.
    public static func placement(of range: UnsafeRawBufferPointer) -> Fact<Placement> {
        unsafe ask(range, moveTo: nil)
    }

    /// Moves the pages that hold any of `range` to `node`, but for those that are there already, and
    /// says where they lie then: a page that cannot be moved stays where it is. What neighbours keep
    /// in the first and the last page moves with them. The memory may be used meanwhile. O(pages).
    ///
    /// - Parameter range: not empty; neither read nor changed.
    public static func move(_ range: UnsafeRawBufferPointer, to node: Int) -> Fact<Placement> {
        let before = unsafe placement(of: range)
        guard let found = before.value, !found.isWhole(on: node) else { return before }
        let answer = unsafe ask(range, moveTo: node)
        guard answer.value != nil else { return answer }
        // What a move says of a page is what came of moving it, and not where it is.
        return unsafe placement(of: range)
    }

    /// From now on gives the calling thread new pages on the node that it runs on, whatever the
    /// process was started with (`numactl --interleave`). Without effect where that is refused.
    public static func preferLocal() {
        if MemoryPlacement.isAllowed.value == true { numa_set_localalloc() }
    }

    private static let source = "libnuma move_pages"
    /// Pages that are asked for at once.
    private static let most = 4096

    private static func ask(
        _ range: UnsafeRawBufferPointer, moveTo node: Int?
    ) -> Fact<Placement> {
        let allowed = MemoryPlacement.isAllowed
        guard allowed.value == true else {
            return .unknown(reason: "this process may not place memory", source: allowed.source)
        }
        let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))
        let start = UInt(bitPattern: range.baseAddress)
        precondition(start > 0 && range.count > 0, "no memory to ask for")
        let pages = start / pageSize...(start + UInt(range.count) - 1) / pageSize
        var counts: [Int: Int] = [:]
        var absent = 0
        for first in stride(from: pages.lowerBound, through: pages.upperBound, by: most) {
            let count = Int(min(UInt(most), pages.upperBound - first + 1))
            var addresses = unsafe (0..<UInt(count)).map {
                unsafe UnsafeMutableRawPointer(bitPattern: (first + $0) * pageSize)
            }
            var found = [Int32](repeating: 0, count: count)
            let nodes = [Int32](repeating: Int32(clamping: node ?? 0), count: count)
            // SAFETY: three arrays of so many elements, which the call neither keeps nor outlives;
            // the kernel looks the pages up, and does not touch what is in them.
            let answer = unsafe nodes.withUnsafeBufferPointer { nodes in
                unsafe move_pages(
                    0, UInt(count), &addresses, node == nil ? nil : nodes.baseAddress,
                    &found, Int32(MPOL_MF_MOVE))
            }
            // Positive: so many pages could not be moved.
            guard answer >= 0 else {
                return .unknown(reason: "\(SystemError(errno))", source: source)
            }
            for node in found {
                if node >= 0 { counts[Int(node), default: 0] += 1 } else { absent += 1 }
            }
        }
        let shares = counts.sorted { $0.key < $1.key }.map { Share(node: $0.key, pages: $0.value) }
        return .known(Placement(shares: shares, absent: absent), source: source)
    }
}
