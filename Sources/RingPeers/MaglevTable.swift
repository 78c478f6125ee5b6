import CXXHash
public import ShenRing

/// Maglev hashing: a table of prime size in which every node owns nearly the same number of entries.
///
/// Source: Eisenbud et al., "Maglev: a fast and reliable software network load balancer", NSDI
/// 2016, section 3.4. Its two hashes of a name are XXH3-64 with seeds 0 and 1. Deviation: an entry
/// is chosen by ⌊hash · size / 2⁶⁴⌋ rather than by the remainder, which is as uniform for a hash and
/// spares a division, so that the peer runs at its best. When a node joins or leaves, some keys
/// move between nodes that stay; there are no replicas.
///
/// `@unchecked Sendable`: the table is written in `init` and nowhere else, and freed in `deinit` by
/// the only owner.
@safe @frozen public struct MaglevTable: ~Copyable, KeyLocator, @unchecked Sendable {
    @usableFromInline let entries: UnsafePointer<UInt16>
    /// How many entries the table has: a prime.
    public let size: Int
    /// How many nodes there are.
    public let nodeCount: Int

    /// The table size that the paper uses for small installations.
    public static let smallSize = 65_537

    /// The smallest prime that is at least `smallSize` and a hundred times the nodes: the paper's
    /// advice for shares that differ by less than 1 %.
    public static func recommendedSize(nodeCount: Int) -> Int {
        var size = max(smallSize, 100 * nodeCount)
        while !isPrime(size) { size += 1 }
        return size
    }

    /// The table of the nodes with these names, numbered in the order given.
    ///
    /// - Parameters:
    ///   - names: 1 to 65 536 distinct names.
    ///   - size: a prime above the number of names; `nil` takes `recommendedSize`.
    /// - Complexity: O(size · log size) expected, O(size · names) at worst, as in the paper.
    public init(names: [NodeName], size: Int? = nil) {
        let size = size ?? MaglevTable.recommendedSize(nodeCount: names.count)
        precondition(!names.isEmpty && names.count <= 1 << 16, "\(names.count) names")
        precondition(size > names.count, "\(size) entries for \(names.count) nodes")
        precondition(MaglevTable.isPrime(size), "\(size) is not a prime")
        self.size = size
        nodeCount = names.count
        let filled = MaglevTable.populate(
            names.map { Permutation(of: $0, size: UInt64(size)) }, size: size)
        // Sound: room for `size` entries, all of them written before the pointer is stored.
        let entries = UnsafeMutablePointer<UInt16>.allocate(capacity: size)
        unsafe entries.initialize(from: filled, count: size)
        unsafe self.entries = UnsafePointer(entries)
    }

    deinit {
        // Sound: what `init` allocated; nothing borrows a table that is destroyed.
        unsafe entries.deallocate()
    }

    /// The node of the position `hash`, below `nodeCount`.
    @inlinable @inline(__always)
    public borrowing func owner(ofHash hash: UInt64) -> UInt32 {
        let entry = hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: size)).high
        // Sound: the high word of a product with `size` is below `size`.
        return unsafe UInt32(entries[Int(truncatingIfNeeded: entry)])
    }

    /// How many entries each node owns.
    public func entryCounts() -> [Int] {
        var counts = [Int](repeating: 0, count: nodeCount)
        for index in 0..<size {
            // Sound: `index` is below the number of entries.
            counts[unsafe Int(entries[index])] += 1
        }
        return counts
    }
}

/// The order in which a node asks for entries: a permutation of all of them.
struct Permutation {
    private(set) var next: UInt64
    private let skip: UInt64
    private let size: UInt64

    init(of name: NodeName, size: UInt64) {
        self.size = size
        next = Permutation.hash(name, seed: 0) % size
        skip = Permutation.hash(name, seed: 1) % (size - 1) + 1
    }

    private static func hash(_ name: NodeName, seed: UInt64) -> UInt64 {
        // Sound: the library only reads the bytes, which the closure keeps alive.
        unsafe name.bytes.withUnsafeBytes { bytes in
            unsafe XXH3_64bits_withSeed(bytes.baseAddress, bytes.count, seed)
        }
    }

    mutating func advance() {
        next += skip
        if next >= size { next -= size }
    }
}

extension MaglevTable {
    /// The paper's "Pseudocode 1": in turn, each node takes the next entry of its permutation that
    /// nobody has, until none is left.
    private static func populate(_ wishes: [Permutation], size: Int) -> [UInt16] {
        var wishes = wishes
        var entries = [UInt16](repeating: 0, count: size)
        var isTaken = [Bool](repeating: false, count: size)
        var node = 0
        for _ in 0..<size {
            while isTaken[Int(wishes[node].next)] { wishes[node].advance() }
            let entry = Int(wishes[node].next)
            isTaken[entry] = true
            entries[entry] = UInt16(node)
            node = node + 1 == wishes.count ? 0 : node + 1
        }
        return entries
    }

    static func isPrime(_ number: Int) -> Bool {
        if number < 4 { return number > 1 }
        if number % 2 == 0 { return false }
        var divisor = 3
        while divisor * divisor <= number {
            if number % divisor == 0 { return false }
            divisor += 2
        }
        return true
    }
}
