import Glibc
import Randomness
import Simulation
import StateMachines
import Testing

@Suite struct DelayTests {
    private static let draws = 20_000

    /// The largest distance between the draws' distribution and the one that they are to have.
    private static func distance(
        _ distribution: DelayDistribution, _ cumulative: (Double) -> Double
    ) -> Double {
        var generator = Seed(2).generator()
        let sorted = (0..<draws)
            .map { _ in Double(distribution.next(using: &generator).nanoseconds) }.sorted()
        return sorted.enumerated().reduce(0) { distance, draw in
            let expected = cumulative(draw.element)
            let below = abs(expected - Double(draw.offset) / Double(draws))
            let above = abs(expected - Double(draw.offset + 1) / Double(draws))
            return max(distance, below, above)
        }
    }

    /// Kolmogorov's bound that one in 1 000 samples of the right distribution exceeds: 1.95 / √n.
    private static let bound = 1.95 / Double(draws).squareRoot()

    @Test func `a constant delay is always the same, and draws nothing`() {
        var generator = Seed(1).generator()
        var other = generator
        #expect(
            DelayDistribution.constant(.milliseconds(3)).next(using: &generator)
                == .milliseconds(3))
        #expect(generator.next() == other.next())
    }

    @Test func `uniform delays fill their range evenly, its ends included`() {
        let distance = Self.distance(.uniform(.microseconds(10), .microseconds(50))) {
            min(1, max(0, ($0 - 10_000) / 40_000))
        }
        #expect(distance < Self.bound)
        var generator = Seed(1).generator()
        let few = DelayDistribution.uniform(Span(nanoseconds: 4), Span(nanoseconds: 6))
        #expect(
            Set((0..<100).map { _ in few.next(using: &generator).nanoseconds }) == [4, 5, 6])
    }

    @Test func `exponential delays are memoryless above what nothing goes below`() {
        let distribution = DelayDistribution.exponential(
            above: .milliseconds(2), mean: .milliseconds(5))
        let distance = Self.distance(distribution) { $0 < 2e6 ? 0 : 1 - exp(-($0 - 2e6) / 5e6) }
        #expect(distance < Self.bound)
    }

    @Test func `the logarithms of log-normal delays are normal`() {
        let distribution = DelayDistribution.logNormal(median: .milliseconds(1), sigma: 0.7)
        let distance = Self.distance(distribution) {
            0.5 * erfc(-log($0 / 1e6) / 0.7 / 2.0.squareRoot())
        }
        #expect(distance < Self.bound)
    }

    @Test func `no delay is longer than an hour, however heavy the tail`() {
        var generator = Seed(1).generator()
        let heavy = DelayDistribution.logNormal(median: .seconds(3_000), sigma: 10)
        let draws = (0..<1_000).map { _ in heavy.next(using: &generator) }
        #expect(draws.allSatisfy { $0 >= .zero && $0 <= DelayDistribution.longest })
        #expect(draws.contains(DelayDistribution.longest))
    }

    @Test func `a text says each distribution, and gives it back`() throws {
        let texts: [(String, DelayDistribution)] = [
            ("constant:0s", .constant(.zero)),
            ("constant:1500us", .constant(.microseconds(1_500))),
            ("uniform:1ms:5ms", .uniform(.milliseconds(1), .milliseconds(5))),
            ("exponential:5ms", .exponential(mean: .milliseconds(5))),
            (
                "exponential:5ms:1ns",
                .exponential(above: Span(nanoseconds: 1), mean: .milliseconds(5))
            ),
            ("log-normal:2ms:0.5", .logNormal(median: .milliseconds(2), sigma: 0.5)),
        ]
        for (text, distribution) in texts {
            #expect(try DelayDistribution(parsing: text) == distribution)
            #expect(distribution.description == text)
        }
        #expect(try DelayDistribution(parsing: "constant:1.5ms") == .constant(.microseconds(1_500)))
    }

    @Test(arguments: [
        "", "constant", "constant:", "constant:5", "constant:5m", "constant:-5ms", "constant:+5ms",
        "constant:1.5ns", "constant:1.ms", "constant:.5ms", "constant:1e3ms", "constant:1ms:2ms",
        "constant:99999999999999999999s", "constant:9999999999s", "constant:٣ms", "uniform:1ms",
        "exponential", "log-normal:1ms:x", "normal:1ms:2ms", "Constant:1ms",
    ])
    func `a text that says no distribution is refused`(text: String) {
        #expect(throws: SimulationProblem.self) { try DelayDistribution(parsing: text) }
    }

    @Test func `distributions that cannot be drawn from are found`() {
        let impossible: [DelayDistribution] = [
            .constant(Span(nanoseconds: -1)), .constant(.seconds(3_601)),
            .uniform(.milliseconds(2), .milliseconds(1)),
            .uniform(Span(nanoseconds: -2), .zero), .exponential(mean: .zero),
            .exponential(above: Span(nanoseconds: -1), mean: .seconds(1)),
            .logNormal(median: .zero, sigma: 1), .logNormal(median: .seconds(1), sigma: -1),
            .logNormal(median: .seconds(1), sigma: .nan),
            .logNormal(median: .seconds(1), sigma: 11),
        ]
        for distribution in impossible {
            #expect(throws: SimulationProblem.self, "\(distribution)") {
                try distribution.validate(as: "a delay")
            }
        }
    }
}
