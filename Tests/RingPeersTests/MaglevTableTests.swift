import ShenRing
import Testing

@testable import RingPeers

@Suite struct MaglevTableTests {
    private func names(_ count: Int) -> [NodeName] { (0..<count).map { NodeName("node-\($0)") } }

    @Test func `each node asks for every entry once`() {
        for size in [2, 3, 7, 101, 65_537] {
            for name in names(3) {
                var permutation = Permutation(of: name, size: UInt64(size))
                var seen = Set<UInt64>()
                for _ in 0..<size {
                    seen.insert(permutation.next)
                    permutation.advance()
                }
                #expect(seen.count == size && seen.allSatisfy { $0 < UInt64(size) })
            }
        }
    }

    @Test func `nodes own the same number of entries but for one`() {
        for count in [1, 2, 3, 10, 100] {
            let counts = MaglevTable(names: names(count), size: 10_007).entryCounts()
            let (least, most) = (counts.min() ?? 0, counts.max() ?? 0)
            #expect(counts.count == count && most - least <= 1)
            #expect(counts.reduce(0, +) == 10_007)
        }
    }

    @Test func `the recommended table keeps shares within a percent`() {
        #expect(MaglevTable.recommendedSize(nodeCount: 10) == 65_537)
        #expect(MaglevTable.recommendedSize(nodeCount: 1000) == 100_003)
        let table = MaglevTable(names: names(1000))
        #expect(table.size == 100_003)
        let counts = table.entryCounts()
        #expect(counts.allSatisfy { abs(Double($0) * 1000 / 100_003 - 1) <= 0.01 })
    }

    @Test func `a table has the owners that a walk over the paper's permutations gives`() {
        // The paper's loop with its permutations written out, over 5 nodes and 13 entries.
        let size = 13
        let lists = names(5).map { name in
            var permutation = Permutation(of: name, size: UInt64(size))
            return (0..<size).map { _ in
                defer { permutation.advance() }
                return Int(permutation.next)
            }
        }
        var owners = [Int?](repeating: nil, count: size)
        var turn = 0
        while owners.contains(nil) {
            let wish = lists[turn % 5].first { owners[$0] == nil } ?? 0
            owners[wish] = turn % 5
            turn += 1
        }
        let table = MaglevTable(names: names(5), size: size)
        for entry in 0..<size {
            // The lowest hash of the entry's part of the circle.
            let hash = UInt64(
                (UInt128(entry) << 64 + UInt128(size) - 1) / UInt128(size))
            #expect(Int(table.owner(ofHash: hash)) == owners[entry])
        }
        #expect(table.owner(ofHash: .max) == UInt32(owners[size - 1] ?? -1))
    }

    @Test func `a node that leaves takes few keys of the others with it`() {
        let old = MaglevTable(names: names(20), size: 10_007)
        let new = MaglevTable(names: Array(names(20).dropLast()), size: 10_007)
        var disturbed = 0
        for key in 0..<20_000 as Range<UInt64> {
            let owner = old.owner(ofKey: key)
            if owner != 19 && new.owner(ofKey: key) != owner { disturbed += 1 }
        }
        // The paper sees a few percent; a ring would move none, a modulo nearly all.
        #expect(disturbed > 0 && disturbed < 2000)
    }

    @Test func `primes are told from other numbers`() {
        let primes = (0..<60).filter { MaglevTable.isPrime($0) }
        #expect(primes == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59])
        #expect(MaglevTable.isPrime(65_537) && !MaglevTable.isPrime(65_537 * 3))
    }

    @Test func `a size that is no prime traps`() async {
        await #expect(processExitsWith: .failure) {
            _ = MaglevTable(names: [NodeName("a")], size: 100)
        }
    }
}
