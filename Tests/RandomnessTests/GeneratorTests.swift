import Testing

@testable import Randomness

@Suite struct GeneratorTests {
    @Test func `SplitMix64 gives the reference stream of seed 1234567`() {
        // The first outputs of Vigna's splitmix64.c for x = 1234567.
        var generator = SplitMix64(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
        #expect(generator.next() == 9_817_491_932_198_370_423)
    }

    @Test func `xoshiro256 star star gives the reference stream of state 1 2 3 4`() {
        // The first outputs of the authors' xoshiro256starstar.c for s = {1, 2, 3, 4}.
        var generator = Xoshiro256StarStar(state: (1, 2, 3, 4))
        let stream = (0..<4).map { _ in generator.next() }
        #expect(stream == [11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240])
    }

    @Test func `a bounded draw stays below its bound and reaches every value`() {
        var generator = Seed(7).generator()
        var seen = [Int](repeating: 0, count: 5)
        for _ in 0..<5000 { seen[Int(generator.next(below: 5))] += 1 }
        // 1000 expected each, standard deviation 28: 850 is more than five away.
        #expect(seen.allSatisfy { (850...1150).contains($0) }, "\(seen)")
    }

    @Test func `a shuffle keeps the elements and repeats for its seed`() {
        let elements = Array(0..<100)
        var first = Seed(3).generator()
        var second = Seed(3).generator()
        let shuffled = elements.shuffled(by: &first)
        #expect(shuffled != elements)
        #expect(shuffled.sorted() == elements)
        #expect(shuffled == elements.shuffled(by: &second))
    }

    @Test func `names and numbers derive seeds that differ`() {
        let seed = Seed(42)
        let derived = [
            seed, seed.derived(for: "a"), seed.derived(for: "b"), seed.derived(for: "ab"),
            seed.derived(for: ""), seed.derived(for: 0), seed.derived(for: 1),
        ]
        #expect(Set(derived).count == derived.count)
        #expect(seed.derived(for: "a") == Seed(42).derived(for: "a"))
    }

    @Test(arguments: [1, 2, 7, 1000])
    func `values summed at once are those drawn one by one`(count: Int) {
        var one = Xoshiro256StarStar(seed: Seed(9))
        var other = one
        // Whole numbers, of which sums are exact in any order.
        let values = (0..<count).map { Double($0 * $0 + 1) }
        for draws in [5, 0, 2, 3, 100] {
            let expected = (0..<draws).reduce(0.0) { sum, _ in
                sum + values[Int(one.next(below: UInt64(count)))]
            }
            #expect(other.sum(draws, drawnFrom: values) == expected)
        }
        #expect(one.next() == other.next())
    }
}
