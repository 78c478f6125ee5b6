import Glibc
import Testing

@testable import Randomness

@Suite struct KeyDistributionTests {
    /// Counts of `draws` keys in the cells that `cell` sorts them into.
    private func counts(
        _ keys: KeyDistribution, draws: Int = 60_000, cells: Int, seed: Int,
        _ cell: (UInt64) -> Int
    ) -> [Int] {
        var keys = keys
        var generator = Seed(17).derived(for: seed).generator()
        var counts = [Int](repeating: 0, count: cells)
        for _ in 0..<draws {
            let key = keys.next(using: &generator)
            #expect(key < keys.count)
            counts[cell(key)] += 1
        }
        return counts
    }

    /// Σ k⁻ˢ for k in from...to, terms added up to `direct` and the rest by Euler and Maclaurin.
    private func harmonic(from: Double = 1, to: Double, s: Double) -> Double {
        var sum = 0.0
        var k = from
        while k <= to && k < from + 1000 {
            sum += pow(k, -s)
            k += 1
        }
        guard k <= to else { return sum }
        let integral = s == 1 ? log(to / k) : (pow(to, 1 - s) - pow(k, 1 - s)) / (1 - s)
        let ends = (pow(k, -s) + pow(to, -s)) / 2
        return sum + integral + ends + s / 12 * (pow(k, -s - 1) - pow(to, -s - 1))
    }

    @Test(arguments: [0.2, 0.5, 0.99, 1, 1.2, 2, 5])
    func `Zipf's ranks have Zipf's probabilities`(exponent: Double) {
        let total = harmonic(to: 1000, s: exponent)
        // Ranks alone as long as 60 000 draws expect 5 of each, the rest together.
        let alone = (1...1000).prefix { 60_000 * pow(Double($0), -exponent) / total >= 8 }.count
        let cells = min(alone, 400)
        var probabilities = (1...cells).map { pow(Double($0), -exponent) / total }
        let rest = 1 - probabilities.reduce(0, +)
        if rest * 60_000 >= 5 { probabilities.append(rest) }
        for seed in 0..<3 {
            let found = counts(
                KeyDistribution(.zipf(exponent: exponent), count: 1000), cells: cells + 1,
                seed: seed
            ) { min(Int($0), cells) }
            ChiSquare.expect(
                Array(found.prefix(probabilities.count)), probabilities, "s = \(exponent)")
        }
    }

    @Test(arguments: [0.5, 0.99, 1, 1.1])
    func `a trillion keys need no table, and the tail is right as well`(exponent: Double) {
        let count: UInt64 = 1 << 40
        let total = harmonic(to: Double(count), s: exponent)
        // Cells end at powers of 16: from the first rank to the last decade of a trillion.
        let ends = (0...10).map { pow(16.0, Double($0)) }
        var below = 0.0
        var probabilities: [Double] = []
        for end in ends {
            let upTo = harmonic(to: end, s: exponent) / total
            probabilities.append(upTo - below)
            below = upTo
        }
        let found = counts(
            KeyDistribution(.zipf(exponent: exponent), count: count), cells: ends.count, seed: 5
        ) { key in ends.firstIndex { Double(key) < $0 } ?? ends.count - 1 }
        // Cells that expect fewer than 5 go together with their neighbour.
        var merged: [(count: Int, probability: Double)] = [(0, 0)]
        for (one, probability) in zip(found, probabilities) {
            if merged[merged.count - 1].probability * 60_000 >= 5 { merged.append((0, 0)) }
            merged[merged.count - 1].count += one
            merged[merged.count - 1].probability += probability
        }
        ChiSquare.expect(merged.map(\.count), merged.map(\.probability), "s = \(exponent)")
    }

    @Test func `steep and lone distributions end`() {
        var generator = Seed(1).generator()
        for exponent in [30, 1e6] {
            let ranks = ZipfDistribution(count: 1 << 40, exponent: exponent)
            #expect((0..<100).allSatisfy { _ in ranks.next(using: &generator) == 0 })
        }
        let one = ZipfDistribution(count: 1, exponent: 0.99)
        #expect((0..<100).allSatisfy { _ in one.next(using: &generator) == 0 })
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 16, 17, 1000, 4096])
    func `a permutation reaches every place once`(count: UInt64) {
        let places = Permutation(count: count, seed: Seed(3))
        #expect(Set((0..<count).map { places($0) }) == Set(0..<count))
    }

    @Test func `permutations differ by seed, and large ones stay in range`() {
        let one = Permutation(count: 1 << 40, seed: Seed(1))
        let other = Permutation(count: 1 << 40, seed: Seed(2))
        let (here, there) = ((0..<1000).map { one($0) }, (0..<1000).map { other($0) })
        #expect(Set(here).count == 1000 && here.allSatisfy { $0 < 1 << 40 })
        #expect(zip(here, there).count { $0 == $1 } == 0)
        #expect(zip(here, here.dropFirst()).count { $1 == $0 + 1 } == 0)
    }

    @Test func `scrambling moves the ranks and keeps their frequencies`() {
        let count: UInt64 = 50
        let total = harmonic(to: 50, s: 0.99)
        let places = Permutation(count: count, seed: Seed(9))
        var probabilities = [Double](repeating: 0, count: 50)
        for rank in 0..<count {
            probabilities[Int(places(rank))] = pow(Double(rank + 1), -0.99) / total
        }
        let found = counts(
            KeyDistribution(.scrambledZipf(exponent: 0.99), count: count, scramble: Seed(9)),
            cells: 50, seed: 2
        ) { Int($0) }
        ChiSquare.expect(found, probabilities, "scrambled")
        #expect(probabilities.max() != probabilities[0])
    }

    @Test func `uniform keys and hot sets have their shares`() {
        let even = counts(KeyDistribution(.uniform, count: 100), cells: 100, seed: 4) { Int($0) }
        ChiSquare.expect(even, [Double](repeating: 0.01, count: 100), "uniform")
        let hot = counts(
            KeyDistribution(.hotSet(keys: 0.2, accesses: 0.8), count: 100), cells: 100, seed: 4
        ) { Int($0) }
        ChiSquare.expect(hot, (0..<100).map { $0 < 20 ? 0.04 : 0.0025 }, "hot set")
    }

    @Test func `a hot set has a key and leaves one`() {
        for share in [0.0001, 0.9999] {
            let found = counts(
                KeyDistribution(.hotSet(keys: share, accesses: 0.5), count: 4), draws: 1000,
                cells: 4, seed: 6
            ) { Int($0) }
            #expect(found.allSatisfy { $0 > 0 }, "\(found)")
        }
    }

    @Test func `a sequence goes round and draws nothing`() {
        var keys = KeyDistribution(.sequential, count: 3)
        var generator = Seed(1).generator()
        var untouched = generator
        #expect((0..<7).map { _ in keys.next(using: &generator) } == [0, 1, 2, 0, 1, 2, 0])
        #expect(generator.next() == untouched.next())
    }

    @Test func `the same seed gives the same keys`() {
        for pattern: KeyPattern in [
            .uniform, .zipf(exponent: 0.99), .scrambledZipf(exponent: 1.5),
            .hotSet(keys: 0.1, accesses: 0.9),
        ] {
            func keys(_ seed: Int) -> [UInt64] {
                var keys = KeyDistribution(pattern, count: 1 << 40)
                var generator = Seed(1).derived(for: seed).generator()
                return (0..<200).map { _ in keys.next(using: &generator) }
            }
            #expect(keys(1) == keys(1))
            #expect(keys(1) != keys(2), "\(pattern)")
        }
    }
}
