import Glibc
import Testing

@testable import Randomness

@Suite struct SizeDistributionTests {
    private func counts(
        _ sizes: SizeDistribution, of range: ClosedRange<Int>, draws: Int = 60_000
    ) -> [Int] {
        var generator = Seed(23).generator()
        var counts = [Int](repeating: 0, count: range.count)
        for _ in 0..<draws {
            let size = sizes.next(using: &generator)
            guard range.contains(size) else {
                Issue.record("\(sizes) gave \(size)")
                continue
            }
            counts[size - range.lowerBound] += 1
        }
        return counts
    }

    @Test func `fixed and uniform sizes are what they say`() {
        #expect(counts(.fixed(64), of: 64...64, draws: 100) == [100])
        let range = 5...54
        ChiSquare.expect(
            counts(.uniform(range), of: range), [Double](repeating: 0.02, count: 50), "uniform")
        #expect(SizeDistribution.uniform(range).largest == 54)
    }

    @Test func `log-normal sizes are rounded, and the ends hold what lies beyond`() {
        let range = 6...30
        // Φ at the logarithms of the borders between sizes.
        func share(below x: Double) -> Double { 0.5 * erfc(-log(x / 12) / 0.5 / 2.0.squareRoot()) }
        let probabilities = range.map { size in
            let low = size == range.lowerBound ? 0 : share(below: Double(size) - 0.5)
            let high = size == range.upperBound ? 1 : share(below: Double(size) + 0.5)
            return high - low
        }
        let sizes = SizeDistribution.logNormal(median: 12, sigma: 0.5, within: range)
        ChiSquare.expect(counts(sizes, of: range), probabilities, "log-normal")
        #expect(probabilities[0] > probabilities[1], "the lower end has its tail")
    }

    @Test func `the same seed gives the same sizes`() {
        let sizes = SizeDistribution.logNormal(median: 512, sigma: 1, within: 1...65536)
        var (one, other) = (Seed(1).generator(), Seed(1).generator())
        #expect(
            (0..<100).map { _ in sizes.next(using: &one) }
                == (0..<100).map { _ in sizes.next(using: &other) })
    }
}

@Suite struct PatternTextTests {
    @Test(arguments: [
        "uniform", "zipf:0.99", "zipf:1.2:scrambled", "hot:0.2:0.8", "sequential",
    ])
    func `a pattern of keys is written as it is read`(text: String) throws {
        #expect(try KeyPattern(parsing: text).description == text)
    }

    @Test(arguments: [
        "fixed:64", "uniform:1:4096", "log-normal:512.0:1.0", "log-normal:9.5:2.0:2:64",
    ])
    func `a distribution of sizes is written as it is read`(text: String) throws {
        #expect(try SizeDistribution(parsing: text).description == text)
    }

    @Test func `numbers are read as meant`() throws {
        #expect(try KeyPattern(parsing: "hot:.25:1e-1") == .hotSet(keys: 0.25, accesses: 0.1))
        #expect(
            try SizeDistribution(parsing: "log-normal:512:1")
                == .logNormal(median: 512, sigma: 1, within: 1...(1 << 30)))
    }

    private func problem(_ body: () throws(PatternProblem) -> Void) -> String {
        do {
            try body()
            return "none"
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        (
            "",
            "'': found '', expected one of uniform, zipf:EXPONENT, zipf:EXPONENT:scrambled, "
                + "hot:SHARE-OF-KEYS:SHARE-OF-ACCESSES, sequential"
        ),
        (
            "zipf",
            "'zipf': found 0 values after 'zipf', expected 'zipf:EXPONENT' or "
                + "'zipf:EXPONENT:scrambled'"
        ),
        ("zipf:0", "'zipf:0': found '0' for the exponent, expected a number above 0"),
        ("zipf:inf", "'zipf:inf': found 'inf' for the exponent, expected a number above 0"),
        ("zipf:1:up", "'zipf:1:up': found 'up', expected 'scrambled'"),
        (
            "hot:0.2",
            "'hot:0.2': found 1 value after 'hot', expected "
                + "'hot:SHARE-OF-KEYS:SHARE-OF-ACCESSES'"
        ),
        (
            "hot:1:0.5",
            "'hot:1:0.5': found '1' for the share of keys, expected a number between 0 "
                + "and 1"
        ),
        ("uniform:", "'uniform:': found 1 value after 'uniform', expected 'uniform'"),
    ])
    func `a wrong pattern of keys is named`(text: String, message: String) {
        #expect(
            problem { () throws(PatternProblem) in _ = try KeyPattern(parsing: text) } == message)
    }

    @Test(arguments: [
        (
            "fixed:0",
            "'fixed:0': found '0' for the size, expected a whole number from 1 to "
                + "1073741824"
        ),
        (
            "uniform:9:4",
            "'uniform:9:4': found '4' for the most, expected a whole number from 9 to "
                + "1073741824"
        ),
        (
            "log-normal:5:1:2",
            "'log-normal:5:1:2': found a least size without a most, expected "
                + "'log-normal:MEDIAN:SIGMA' or 'log-normal:MEDIAN:SIGMA:LEAST:MOST'"
        ),
        (
            "log-normal:5:1:8:9",
            "'log-normal:5:1:8:9': found '5' for the median, expected a number "
                + "from 8 to 9"
        ),
        (
            "log-normal:5:-1",
            "'log-normal:5:-1': found '-1' for sigma, expected a number from 0 to "
                + "10"
        ),
        (
            "big",
            "'big': found 'big', expected one of fixed:BYTES, uniform:LEAST:MOST, "
                + "log-normal:MEDIAN:SIGMA, log-normal:MEDIAN:SIGMA:LEAST:MOST"
        ),
    ])
    func `a wrong distribution of sizes is named`(text: String, message: String) {
        #expect(
            problem { () throws(PatternProblem) in _ = try SizeDistribution(parsing: text) }
                == message)
    }
}
