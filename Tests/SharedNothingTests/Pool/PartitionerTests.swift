import Glibc
import Randomness
import SharedNothing
import TestSupport
import Testing

@Suite struct PartitionerTests {
    private func index(_ partitioner: some Partitioner, _ key: UInt64, among count: Int) -> Int {
        var partitioner = partitioner
        return partitioner.index(of: key, among: count)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 1000])
    func `no key goes to a worker that is not there`(count: Int) {
        var generator = testSeed.derived(for: "range").generator()
        for _ in 0..<2000 {
            let key = generator.next()
            #expect((0..<count).contains(index(HashPartitioner(), key, among: count)), "\(replay)")
            #expect(
                (0..<count).contains(index(ConsistentPartitioner(), key, among: count)),
                "\(replay)")
        }
    }

    @Test func `hashing spreads neighbouring keys evenly`() {
        for count in [2, 5, 16] {
            var hashed = [Int](repeating: 0, count: count)
            var consistent = hashed
            for key in 0..<UInt64(40_000) {
                hashed[index(HashPartitioner(), key, among: count)] += 1
                consistent[index(ConsistentPartitioner(), key, among: count)] += 1
            }
            let mean = 40_000 / count
            // Five standard deviations of a fair draw, and the keys are fixed.
            let allowed = Int(5 * Double(mean).squareRoot())
            for load in hashed + consistent { #expect(abs(load - mean) < allowed, "\(count)") }
        }
    }

    @Test(arguments: [1, 2, 4, 10, 31])
    func `one more worker takes its share from all, and no other key moves`(count: Int) {
        var moved = 0
        let keys = 20_000
        for key in 0..<UInt64(keys) {
            let before = index(ConsistentPartitioner(), key, among: count)
            let after = index(ConsistentPartitioner(), key, among: count + 1)
            if before != after {
                moved += 1
                #expect(after == count, "a key moved between workers that both stay")
            }
        }
        let share = Double(keys) / Double(count + 1)
        #expect(abs(Double(moved) - share) < 5 * share.squareRoot())
    }

    @Test func `hashing without consistency moves most keys`() {
        let moved = (0..<UInt64(10_000)).count {
            index(HashPartitioner(), $0, among: 4) != index(HashPartitioner(), $0, among: 5)
        }
        #expect(moved > 4000)
    }

    @Test func `ranges begin at their bounds`() throws {
        let ranges = try RangePartitioner(bounds: [10, 20] as [Int])
        #expect(ranges.workers == 3)
        let expected = [(-5, 0), (9, 0), (10, 1), (19, 1), (20, 2), (Int.max, 2)]
        for (key, worker) in expected { #expect(ranges.index(of: key, among: 3) == worker) }
        let names = try RangePartitioner(bounds: ["g", "pa"])
        #expect(names.index(of: "fz", among: 3) == 0)
        #expect(names.index(of: "g", among: 3) == 1)
        #expect(names.index(of: "p", among: 3) == 1)
        #expect(names.index(of: "path", among: 3) == 2)
    }

    @Test func `bounds out of order are refused with their place`() {
        #expect(throws: PoolError.boundsNotAscending(index: 2)) {
            try RangePartitioner(bounds: [1, 5, 5] as [UInt64])
        }
    }

    @Test(arguments: [1, 2, 3, 5, 8])
    func `taking turns is fair after any number of messages`(count: Int) {
        var turns = RoundRobinPartitioner(first: 7)
        var loads = [Int](repeating: 0, count: count)
        for _ in 0..<100 {
            loads[turns.turn(among: count)] += 1
            #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1)
        }
    }

    @Test func `turns go on after the number of workers has changed`() {
        var turns = RoundRobinPartitioner()
        for count in [5, 2, 1, 4] {
            var loads = [Int](repeating: 0, count: count)
            for _ in 0..<40 { loads[turns.turn(among: count)] += 1 }
            #expect((loads.max() ?? 0) - (loads.min() ?? 0) <= 1)
        }
    }

    @Test func `the order of keys is kept, that of negative numbers as well`() {
        let numbers = [Int.min, -5, -1, 0, 1, 7, Int.max]
        #expect(numbers.map(\.partitionOrder) == numbers.map(\.partitionOrder).sorted())
        let words = ["", "a", "ab", "b", "zebra", "zebras in a row"]
        #expect(words.map(\.partitionOrder) == words.map(\.partitionOrder).sorted())
        #expect("ab".partitionOrder == 0x6162_0000_0000_0000)
        #expect(([0x61, 0x62] as [UInt8]).partitionHash == "ab".partitionHash)
    }

    @Test func `the choice follows what is known of keys and pool`() throws {
        let ranges = try RangePartitioner(bounds: [1] as [UInt64])
        func name(_ partitioning: Partitioning) -> String {
            switch partitioning {
            case .hash: "hash"
            case .consistent: "consistent"
            case .range: "range"
            case .roundRobin: "turns"
            case .custom: "custom"
            }
        }
        #expect(name(.automatic(bounds: ranges)) == "range")
        #expect(name(.automatic()) == "consistent")
        #expect(name(.automatic(isResizable: false)) == "hash")
    }

    @Test func `a worker's load under skewed keys is that of the keys it owns, and no more`() {
        let (keys, workers, draws) = (1000, 4, 20_000)
        let owners = (0..<keys).map { index(ConsistentPartitioner(), UInt64($0), among: workers) }
        // Zipf's law, worked out apart from the distribution that draws.
        let weights = (1...keys).map { pow(Double($0), -1.1) }
        let whole = weights.reduce(0, +)
        var shares = [Double](repeating: 0, count: workers)
        for (key, owner) in owners.enumerated() { shares[owner] += weights[key] / whole }

        let zipf = ZipfDistribution(count: UInt64(keys), exponent: 1.1)
        var generator = testSeed.derived(for: "zipf").generator()
        var loads = [Int](repeating: 0, count: workers)
        for _ in 0..<draws {
            let key = UInt64(zipf.next(using: &generator))
            loads[index(ConsistentPartitioner(), key, among: workers)] += 1
        }
        for (load, share) in zip(loads, shares) {
            let deviation = (Double(draws) * share * (1 - share)).squareRoot()
            #expect(abs(Double(load) - Double(draws) * share) < 5 * deviation, "\(replay)")
        }
        // Keys are spread evenly, whatever is drawn of them.
        let mean = Double(keys) / Double(workers)
        for worker in 0..<workers {
            let owned = owners.count { $0 == worker }
            #expect(abs(Double(owned) - mean) < 5 * mean.squareRoot(), "\(owned)")
        }
    }
}
